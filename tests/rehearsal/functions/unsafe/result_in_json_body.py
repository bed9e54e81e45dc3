"""A generator of the C library gives an id in the text of a response, and in a text there.

error shared-result
"""

import ctypes
import json
import os

libc = ctypes.CDLL(None)
libc.srandom(int.from_bytes(os.urandom(4), "big"))


def handler(event, context):
    order = {"request": context.aws_request_id, "message": f"order {libc.random()} is taken"}
    return {"statusCode": 200, "body": json.dumps({"order": json.dumps(order)})}
