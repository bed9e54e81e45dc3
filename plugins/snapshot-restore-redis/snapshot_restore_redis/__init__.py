"""Disconnects redis-py's and valkey-py's clients before the snapshot, and empties their caches.

All of their pools, those of clusters and sentinels too, hold connection objects that
connect by themselves when they are next used. So it is these that are disconnected,
whatever pool they belong to; the pools need nothing.
"""

import sys


def before_snapshot() -> None:
    """Disconnect all connections, and empty all caches.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    # They have the same classes.
    loaded = [library for library in ("redis", "valkey") if library in sys.modules]
    if loaded:
        from . import connections

        connections.disconnect_all(loaded)


def after_restore() -> None:
    """Do it again with what threads did meanwhile: it is as old as the snapshot.

    Caches are emptied, and subscriptions to which a thread listens connect anew.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    # It is loaded if a library was in use before the snapshot.
    connections = sys.modules.get(f"{__name__}.connections")
    if connections is not None:
        connections.renew_again()
