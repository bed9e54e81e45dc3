"""A secret in a cache.

needs cachetools
error shared-value
"""

import secrets

from cachetools import TTLCache

cache = TTLCache(maxsize=10, ttl=300)
cache["csrf"] = secrets.token_urlsafe(32)


def handler(event, context):
    return cache["csrf"]
