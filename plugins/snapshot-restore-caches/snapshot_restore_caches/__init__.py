"""Empties caches whose entries would look fresh in a restored environment, however old.

They count the age of entries on the monotonic clock, which does not count the pause.
"""

import os
import sys

_LIBRARIES = (
    "cachetools",
    "jwt.jwks_client",
    "aws_lambda_powertools.utilities.parameters.base",
    "aws_lambda_powertools.utilities.auth_alpha",
    "async_lru",
    "aiocache.backends.memory",
)


def before_snapshot() -> None:
    """Find the caches: to look for them after the restore would take too long.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if SNAPSHOT_RESTORE_CACHES names
            a function that is not there, or has no cache.
    """
    names = os.environ.get("SNAPSHOT_RESTORE_CACHES", "").replace(",", " ").split()
    if names or any(library in sys.modules for library in _LIBRARIES):
        from . import expiring

        expiring.find_all(names)


def after_restore() -> None:
    """Empty the caches.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    # It is loaded if there was something to look for before the snapshot.
    expiring = sys.modules.get(f"{__name__}.expiring")
    if expiring is not None:
        expiring.empty_all()
