"""A cache that compares ages on the monotonic clock, filled at the import.

warning captured-time
"""

import time


class Cache:
    def __init__(self, seconds):
        self.seconds = seconds
        self.entries = {}

    def put(self, key, value):
        self.entries[key] = (time.monotonic(), value)

    def get(self, key):
        stored, value = self.entries.get(key, (0.0, None))
        return value if time.monotonic() - stored < self.seconds else None


cache = Cache(300)
cache.put("prices", {"tea": 3})


def handler(event, context):
    return cache.get("prices")
