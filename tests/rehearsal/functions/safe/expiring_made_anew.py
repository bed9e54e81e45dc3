"""Tokens that a hook makes anew, that are dropped before the snapshot, or made when needed.

needs PyJWT
"""

import time

import jwt

from snapshot_restore_py import register_after_restore, register_before_snapshot

KEY = "a key of at least thirty-two bytes"


def make(number):
    claims = {"jti": str(number), "exp": int(time.time()) + 900}
    return jwt.encode(claims, KEY, algorithm="HS256")


renewed, dropped, lazy = make(1), make(2), None


@register_before_snapshot
def drop():
    global dropped
    dropped = None


@register_after_restore
def renew():
    global renewed
    renewed = make(time.time_ns())


def handler(event, context):
    global lazy
    lazy = lazy or make(time.time_ns())
    return [lazy, renewed]
