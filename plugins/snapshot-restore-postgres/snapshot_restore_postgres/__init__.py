"""Takes the connections of psycopg2 and asyncpg out of the snapshot.

In a restored environment they would be dead: those of a pool fail once each, the others for
ever.
"""

import sys


def before_snapshot() -> None:
    """Close all connections; pools make new ones when they are next asked.

    A connection that is lent out, or belongs to no pool, is closed with a warning that names
    it.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    if "psycopg2" in sys.modules or "asyncpg" in sys.modules:
        from . import connections

        connections.close_all()
