"""Closes the connections of all SQLAlchemy engines before the snapshot.

Engines and pools stay as they are, and connect anew when they are next used.
"""

import sys


def before_snapshot() -> None:
    """Close all connections; warn of those that are checked out, and invalidate them.

    Raises:
        CleanUpError: For some of them this failed; all the others are closed.
    """
    if "sqlalchemy.pool" in sys.modules:
        from .pooled_connections import close_all

        close_all()
