"""Disconnects redis-py's clients before the snapshot, and empties their client-side caches.

All of redis-py's pools, those of clusters and sentinels too, hold connection objects that
connect by themselves when they are next used. So it is these that are disconnected,
whatever pool they belong to; the pools need nothing.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_caches: "list[Any]" = []


def before_snapshot() -> None:
    """Disconnect all connections, and empty all caches.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    if "redis" not in sys.modules:
        return
    from snapshot_restore_py.live_objects import for_each, instances_in

    _caches[:] = instances_in("redis.cache", "CacheInterface")
    watched = _watched()
    tasks: list[tuple[Callable[[Any], object], Any]] = []
    for one in instances_in("redis.connection", "AbstractConnection"):
        tasks.append((_shut_down if id(one) in watched else _disconnect, one))
    for one in instances_in("redis.asyncio.connection", "AbstractConnection"):
        tasks.append((_shut_down_async if id(one) in watched else _disconnect_async, one))
    tasks += [(_flush, one) for one in _caches]
    for_each(tasks, lambda task: task[0](task[1]), lambda task: repr(task[1]))


def after_restore() -> None:
    """Empty the caches again: what a thread read meanwhile is as old as the snapshot.

    Raises:
        CleanUpError: For some of them this failed; all the others are empty.
    """
    if _caches:
        from snapshot_restore_py.live_objects import for_each

        for_each(_caches, _flush)


def _watched() -> "set[int]":
    """Return the ids of the connections over which a pipeline watches keys."""
    from snapshot_restore_py.live_objects import instances_in

    watched: set[int] = set()
    for module in ("redis.client", "redis.asyncio.client"):
        for pipeline in instances_in(module, "Pipeline"):
            if getattr(pipeline, "watching", False):
                connection = pipeline.connection
                # A connection with a cache in front of it stands behind a proxy.
                watched.add(id(getattr(connection, "_conn", connection)))
    return watched


def _disconnect(connection: "Any") -> None:
    # A half constructed connection has no socket.
    if getattr(connection, "_sock", None) is not None:
        connection.disconnect()


def _shut_down(connection: "Any") -> None:
    # A disconnected one would connect anew, where nobody watches the keys, and the
    # transaction would not notice. Over a broken one it fails with a WatchError.
    from contextlib import suppress
    from socket import SHUT_RDWR

    if connection._sock is not None:
        with suppress(OSError):  # It may be broken already.
            connection._sock.shutdown(SHUT_RDWR)


def _disconnect_async(connection: "Any") -> None:
    # Its own disconnect() needs the connection's event loop, which rests or is closed now.
    writer = getattr(connection, "_writer", None)
    if writer is not None:
        _shut_down_async(connection)
        connection._parser.on_disconnect()
        connection._reader = connection._writer = None


def _shut_down_async(connection: "Any") -> None:
    from snapshot_restore_py.live_objects import close_transport

    if connection._writer is not None:
        close_transport(connection._writer.transport)


def _flush(cache: "Any") -> None:
    # A half constructed cache has no attributes, and nothing in it.
    if getattr(cache, "__dict__", True):
        cache.flush()
