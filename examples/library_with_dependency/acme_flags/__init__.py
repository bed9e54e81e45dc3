"""Feature flags, read from Acme's flag service and kept in memory."""

import http.client
import json
import os

from snapshot_restore_py import register_after_restore, register_before_snapshot

# Connects at the first request, and again at the first one after it was closed.
_connection = http.client.HTTPConnection(
    os.environ.get("ACME_FLAGS", "flags.acme.example"), timeout=3
)
_flags = {}


def is_on(flag):
    if not _flags:
        refresh()
    return _flags.get(flag, False)


@register_before_snapshot
def disconnect():
    """Close the connection: in a restored environment it would be dead."""
    _connection.close()


@register_after_restore
def refresh():
    """Read the flags anew: the ones in the snapshot may be weeks old."""
    _connection.request("GET", "/flags")
    flags = json.load(_connection.getresponse())
    _flags.clear()
    _flags.update(flags)
