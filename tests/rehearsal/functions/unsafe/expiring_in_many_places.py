"""Tokens in texts, bytes, caches, closures, variables and clients, each made at the import.

needs PyJWT boto3 cachetools httpx
env AWS_ACCESS_KEY_ID=AKIAEXAMPLE AWS_SECRET_ACCESS_KEY=example AWS_DEFAULT_REGION=eu-west-1
warning expiring-value
"""

import functools
import json
import os
import time

import boto3
import cachetools
import httpx
import jwt

KEY = "a key of at least thirty-two bytes"


def make(number):
    claims = {"jti": str(number), "exp": int(time.time()) + 900 + number}
    return jwt.encode(claims, KEY, algorithm="HS256")


class Api:
    def __init__(self):
        self._token = make(1)


@functools.cache
def token():
    return make(2)


def provider():
    kept = make(3)
    return lambda: kept


def ask(authorization=make(4)):
    return authorization


api, get = Api(), provider()
token()
client = httpx.Client(headers={"Authorization": f"Bearer {make(5)}"})
cache = cachetools.TTLCache(10, 300)
cache["token"] = make(6)
os.environ["API_TOKEN"] = make(7)
ANSWER = json.dumps({"access_token": make(8), "expires_in": 900})
AS_BYTES = make(9).encode()
UPLOAD = boto3.client("s3").generate_presigned_post("uploads", "a.txt")


def handler(event, context):
    return [api._token[-20:], token(), get(), ask(), cache["token"], UPLOAD]
