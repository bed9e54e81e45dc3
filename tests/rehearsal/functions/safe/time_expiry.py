"""Times in the future, by the wall clock: they end by themselves after a restore."""

import time

cache = {"token": {"value": "constant", "expires": int(time.time()) + 3600}}
refresh_at = time.time() + 2700.5


def handler(event, context):
    return time.time() < refresh_at
