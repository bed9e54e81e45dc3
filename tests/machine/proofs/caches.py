"""Caches whose entries live for ten minutes; each use tells from when the answer is."""

from __future__ import annotations

import functools
import time

from .uses import used, used_again

LIVES = 600  # seconds


@functools.lru_cache
def named():
    return time.time()


def begin():
    import cachetools
    import jwt

    keys = jwt.PyJWKClient("http://127.0.0.1:9/", lifespan=LIVES)

    @cachetools.cached(cachetools.TTLCache(9, LIVES))
    def limited():
        return time.time()

    @cachetools.cached(cachetools.TLRUCache(9, lambda key, value, now: now + LIVES))
    def dated():
        return time.time()

    def key_set():
        if keys.jwk_set_cache.get() is None:
            key = {"kty": "oct", "k": "c2VjcmV0", "kid": str(time.time())}
            keys.jwk_set_cache.put(jwt.PyJWKSet.from_dict({"keys": [key]}))
        return float(keys.jwk_set_cache.get().keys[0].key_id)

    return used(
        {
            "cachetools's TTLCache": limited,
            "cachetools's TLRUCache": dated,
            "the keys of PyJWT": key_set,
            "a function that is named": named,
        }
    )


def go_on(begun):
    return {name: now - before for name, (before, now) in used_again(begun).items()}
