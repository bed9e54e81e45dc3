"""Empties psycopg's pools before the snapshot, and lets them fill again after each restore.

Connections outside of pools are closed, and stay closed.
"""

import sys


def before_snapshot() -> None:
    """Empty the pools, bring their threads to rest, and close all other connections.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    if "psycopg" in sys.modules:
        from . import connections

        connections.close_all()


def after_restore() -> None:
    """Let the pools that rest work again.

    Raises:
        CleanUpError: For some of them this failed; all the others work.
    """
    # It is loaded if there were connections or pools before the snapshot.
    connections = sys.modules.get(f"{__name__}.connections")
    if connections is not None:
        connections.wake_pools()
