"""Closes the connections of urllib3, and so of requests and boto3, before the snapshot.

In a restored environment they would be dead, but a pool could not tell, and would send the
next request on one of them.
"""

import sys


def before_snapshot() -> None:
    """Close all connections of all pools; the pools open new ones when they are next used.

    A connection that is in use is closed as well, with a warning that names it. What was
    read of its response by then stays readable; to read on raises an exception.

    Warns:
        RuntimeWarning: Also for pools of urllib3-future, which are left as they are.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if some could not be closed.
    """
    # There can be several copies of it, inside of other libraries too.
    if any("urllib3" in name.rpartition(".")[0] for name in list(sys.modules)):
        from . import pools

        pools.close_all()
