"""The id stands in a line of the log only.

error shared-result
"""

import ctypes
import os

libc = ctypes.CDLL(None)
libc.srandom(int.from_bytes(os.urandom(4), "big"))


def handler(event, context):
    print(f"{context.aws_request_id} took order {libc.random() + 100_000} at last")
