"""Closes the connections of xmlrpc.client before the snapshot.

This module is imported in every cold start. So it imports nothing at its top but what
every process has, and not the library.
"""

import sys


def before_snapshot():
    """Close the connection of every live transport; the next call opens a new one."""
    if "xmlrpc.client" in sys.modules:  # Otherwise the function does not use the library.
        from snapshot_restore_py.live_objects import for_each, instances_in

        # Closes all of them also if one fails, and then raises an error that names that one.
        for_each(instances_in("xmlrpc.client", "Transport"), close)


def close(transport):
    if hasattr(transport, "_connection"):  # Otherwise it is half constructed.
        transport.close()
