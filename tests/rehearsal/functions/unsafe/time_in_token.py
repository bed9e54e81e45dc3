"""A time of the init among the claims of tokens that the handler signs: it alone makes them alike.

needs PyJWT
warning captured-time app.CLAIMS['iat']
"""

import time

import jwt

CLAIMS = {"iss": "orders", "iat": int(time.time())}


def handler(event, context):
    return {
        "token": jwt.encode(CLAIMS, "a key of at least thirty-two bytes", algorithm="HS256"),
        "no token": "eyJhbGciOiJI.eyJ_9abcd.x",
    }
