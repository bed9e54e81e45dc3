"""Finds the caches of each library, and empties them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from snapshot_restore_py.live_objects import for_each, instances_in

if TYPE_CHECKING:
    from collections.abc import Callable

_caches: list[tuple[Callable[[Any], object], Any]] = []
"""What empties a cache, and the cache."""


def find_all(functions: list[str]) -> None:
    """Find the caches for `empty_all()`, and those of functions that are named.

    Raises:
        CleanUpError: A function is not there, or has no cache; all the others are found.
    """
    _caches.clear()
    for module, kind, empty in _KINDS:
        _caches.extend((empty, one) for one in instances_in(module, kind, may_be_missing=True))
    for_each(functions, lambda name: _caches.append((_clear_function, _function(name))))


def empty_all() -> None:
    """Empty the caches.

    Raises:
        CleanUpError: For some of them this failed; all the others are empty.
    """
    for_each(_caches, lambda pair: pair[0](pair[1]), lambda pair: repr(pair[1]))


def _clear(cache: Any) -> None:
    if vars(cache):  # Or it is half constructed.
        cache.clear()


def _forget_keys(client: Any) -> None:
    keys = getattr(client, "jwk_set_cache", None)
    if keys is not None:
        keys.jwk_set_with_timestamp = None
    # A cache of functools's, if the client was told to have it.
    clear = getattr(client.get_signing_key, "cache_clear", None)
    if clear is not None:
        clear()


def _forget_parameters(provider: Any) -> None:
    getattr(provider, "store", {}).clear()
    # AppConfig takes each of these once, and for one day: the first environment has it.
    getattr(provider, "_next_token", {}).clear()


def _forget_verified(holder: Any) -> None:
    for name in ("_keys", "_cached_token"):
        if hasattr(holder, name):
            setattr(holder, name, None)


def _forget_results(function: Any) -> None:
    # The ages of entries are timers of an event loop, which stood still. Without an age, an
    # entry may be dear and never old, as those of functools.
    if getattr(function, "_LRUCacheWrapper__ttl", None) is not None:
        function.cache_clear()


def _forget_timed(cache: Any) -> None:
    timers = getattr(cache, "_handlers", {})
    for key, timer in list(timers.items()):
        timer.cancel()  # Or it would remove what comes after this.
        cache._cache.pop(key, None)
    timers.clear()


_POWERTOOLS = "aws_lambda_powertools.utilities"

_KINDS: tuple[tuple[str, str, Callable[[Any], object]], ...] = (
    ("cachetools", "TTLCache", _clear),
    ("cachetools", "TLRUCache", _clear),
    ("jwt.jwks_client", "PyJWKClient", _forget_keys),
    (f"{_POWERTOOLS}.parameters.base", "BaseProvider", _forget_parameters),
    (f"{_POWERTOOLS}.auth_alpha.jwt._internal.jwks", "JWKSCache", _forget_verified),
    (f"{_POWERTOOLS}.auth_alpha.oauth2.client", "OAuth2Client", _forget_verified),
    ("async_lru", "_LRUCacheWrapper", _forget_results),
    ("aiocache.backends.memory", "SimpleMemoryBackend", _forget_timed),
)


def _function(name: str) -> Any:
    module, _, path = name.partition(":")
    if not path:
        module, _, path = name.rpartition(".")
    found: Any = sys.modules[module]
    for part in path.split("."):
        found = getattr(found, part)
    return found.cache_clear


def _clear_function(clear: Any) -> None:
    clear()
