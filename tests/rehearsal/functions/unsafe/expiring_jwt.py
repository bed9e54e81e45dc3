"""A token with a claim that says when it ends.

needs PyJWT
warning expiring-value app.TOKEN
"""

import time

import jwt

KEY = "a key of at least thirty-two bytes"
TOKEN = jwt.encode({"iss": "orders", "exp": int(time.time()) + 900}, KEY, algorithm="HS256")


def handler(event, context):
    return {"authorization": f"Bearer {TOKEN}"}
