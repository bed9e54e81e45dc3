"""Takes the connections of MySQL's and MariaDB's drivers out of the snapshot.

In a restored environment they would be dead, and fail for ever.
"""

import sys

_LIBRARIES = ("pymysql", "mysql.connector", "MySQLdb", "aiomysql", "asyncmy")


def before_snapshot() -> None:
    """Close all connections; pools, and connections of PyMySQL, connect anew when they are used.

    What does not connect anew by itself is closed with a warning that names it.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    if any(name in sys.modules for name in _LIBRARIES):
        from . import connections

        connections.close_all()
