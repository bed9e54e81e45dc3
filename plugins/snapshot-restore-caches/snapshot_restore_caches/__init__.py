"""Empties caches whose entries would look fresh in a restored environment, however old.

They count the age of entries on the monotonic clock, which does not count the pause.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIBRARIES = ("cachetools", "jwt.jwks_client", "aws_lambda_powertools.utilities.parameters.base")

_caches: "list[tuple[Any, Any]]" = []
"""What empties a cache, and the cache."""


def before_snapshot() -> None:
    """Find the caches: to look for them after the restore would take too long.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if SNAPSHOT_RESTORE_CACHES names
            a function that is not there, or has no cache.
    """
    _caches.clear()
    names = os.environ.get("SNAPSHOT_RESTORE_CACHES", "").replace(",", " ").split()
    if not names and not any(name in sys.modules for name in _LIBRARIES):
        return
    from snapshot_restore_py.live_objects import for_each, instances_in

    for module, kind, empty in (
        ("cachetools", "TTLCache", _clear),
        ("cachetools", "TLRUCache", _clear),
        ("jwt.jwks_client", "PyJWKClient", _forget_keys),
        (_LIBRARIES[2], "BaseProvider", _forget_parameters),
    ):
        _caches.extend((empty, one) for one in instances_in(module, kind, may_be_missing=True))
    for_each(names, lambda name: _caches.append((_clear_function, _function(name))))


def after_restore() -> None:
    """Empty the caches.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    if _caches:
        from snapshot_restore_py.live_objects import for_each

        for_each(_caches, lambda pair: pair[0](pair[1]), lambda pair: repr(pair[1]))


def _clear(cache: "Any") -> None:
    if vars(cache):  # Or it is half constructed.
        cache.clear()


def _forget_keys(client: "Any") -> None:
    keys = getattr(client, "jwk_set_cache", None)
    if keys is not None:
        keys.jwk_set_with_timestamp = None
    # A cache of functools's, if the client was told to have it.
    clear = getattr(client.get_signing_key, "cache_clear", None)
    if clear is not None:
        clear()


def _forget_parameters(provider: "Any") -> None:
    getattr(provider, "store", {}).clear()


def _function(name: str) -> "Any":
    module, _, path = name.partition(":")
    if not path:
        module, _, path = name.rpartition(".")
    found: Any = sys.modules[module]
    for part in path.split("."):
        found = getattr(found, part)
    return found.cache_clear


def _clear_function(clear: "Any") -> None:
    clear()
