"""Caches of sessions' keys, filled by priming and emptied before the snapshot.

needs cachetools
"""

import secrets
from functools import lru_cache

from cachetools import TTLCache, cached

from snapshot_restore_py import register_before_snapshot

sessions = TTLCache(maxsize=100, ttl=300)


@cached(sessions)
def session_key(user):
    return secrets.token_hex(16)


@lru_cache(maxsize=100)
def csrf_token(user):
    return secrets.token_urlsafe(16)


def serve(user):
    return {"key": session_key(user), "csrf": csrf_token(user)}


@register_before_snapshot
def prime():
    serve("nobody")
    sessions.clear()
    csrf_token.cache_clear()


def handler(event, context):
    return serve("ada")
