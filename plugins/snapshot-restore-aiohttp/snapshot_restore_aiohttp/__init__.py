"""Takes the connections of aiohttp's clients, and its DNS answers, out of the snapshot.

In a restored environment the connections would be dead, and the answers old: their age is
counted on the monotonic clock, which does not count the pause.
"""

import sys


def before_snapshot() -> None:
    """Close the connections of all sessions, and empty their DNS caches.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    if "aiohttp" in sys.modules:
        from . import connections

        connections.close_all()


def after_restore() -> None:
    """Empty the DNS caches again: the loop of another thread may have filled them meanwhile.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    # It is loaded if aiohttp was in use before the snapshot.
    connections = sys.modules.get(f"{__name__}.connections")
    if connections is not None:
        connections.empty_caches()
