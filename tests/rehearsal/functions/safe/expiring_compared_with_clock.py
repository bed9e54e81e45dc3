"""Tokens whose end is kept beside them and compared with the clock, or that have no end.

needs PyJWT
env API_TOKEN=eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE4MDAwMDAwMDB9.c2lnbmF0dXJlLW9m
"""

import os
import time
from datetime import datetime, timedelta, timezone

import jwt

KEY = "a key of at least thirty-two bytes"
CONFIGURED = "Bearer " + os.environ["API_TOKEN"]
ENDLESS = jwt.encode({"sub": "orders"}, KEY, algorithm="HS256")
ENDED = jwt.encode({"sub": "orders", "exp": 1700000000}, KEY, algorithm="HS256")


def make(seconds):
    return jwt.encode({"exp": int(time.time()) + seconds}, KEY, algorithm="HS256")


class Api:
    def __init__(self):
        self.renew()

    def renew(self):
        self.token, self.expires_at = make(900), time.time() + 900

    def get(self):
        if time.time() > self.expires_at - 60:
            self.renew()
        return self.token


def cached():
    if datetime.now(timezone.utc) >= cache["ends"]:
        cache.update(token=make(600), ends=datetime.now(timezone.utc) + timedelta(seconds=600))
    return cache["token"]


api = Api()
cache = {"token": make(600), "ends": datetime.now(timezone.utc) + timedelta(seconds=600)}
pair = (make(300), int(time.time() * 1000) + 300_000)
TOKEN, ENDS = make(900), time.time() + 900


def handler(event, context):
    global TOKEN, ENDS
    if time.time() > ENDS:
        TOKEN, ENDS = make(900), time.time() + 900
    return [len(one) for one in (TOKEN, api.get(), cached(), make(60))]
