"""Takes the sessions, connections and threads of pymongo's clients out of the snapshot.

Copies with the same session id and transaction number send writes that a server takes for
repetitions of one write: it answers all of them, and executes the first.
"""

import sys


def before_snapshot() -> None:
    """End the sessions, close the connections, and let the monitors come to rest.

    The clients stay usable: they connect anew, with new sessions, when they are next used.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    if "pymongo" in sys.modules:
        from . import clients

        clients.renew_all()
