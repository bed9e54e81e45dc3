"""Closes the connections of httpx's clients before the snapshot.

In a restored environment they would be dead, but a client could not tell, and would send
the next request on one of them.
"""

import sys


def before_snapshot() -> None:
    """Close all connections of httpx, httpx2 and their pools; new ones are opened at next use.

    A connection that is in use is closed as well, with a warning that names it.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if some could not be closed.
    """
    # What httpx, and httpx2, its successor, keep their connections in.
    loaded = [library for library in ("httpcore", "httpcore2") if library in sys.modules]
    if loaded:
        from . import pools

        pools.empty_all(loaded)
