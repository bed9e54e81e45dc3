"""Disconnects what connects by itself, shuts down what must not, and empties the caches."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from snapshot_restore_py.live_objects import close_transport, for_each, instances_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

_CACHES = {"redis": ("redis.cache", "CacheInterface"), "valkey": ("valkey._cache", "AbstractCache")}
"""The classes of the libraries' client-side caches."""

_caches: list[Any] = []
_subscriptions: list[Any] = []
_connections: list[_Connection] = []


class _Connection(NamedTuple):
    """A connection of the snapshot, with what takes it down: if it is idle, and if it is in use."""

    one: Any
    disconnect: Callable[[Any], object]
    shut_down: Callable[[Any], object]

    def __repr__(self) -> str:
        return repr(self.one)


def disconnect_all(libraries: Iterable[str]) -> None:
    """Disconnect all connections of some libraries, and empty all caches.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    for found in (_caches, _subscriptions, _connections):
        found.clear()
    for name in libraries:
        _caches.extend(instances_in(*_CACHES[name]))
        subscriptions = _listened_to(name)
        _subscriptions.extend(subscriptions)
        kept = _watched(name)
        listening = {id(getattr(one.connection, "_conn", one.connection)) for one in subscriptions}
        for module, disconnect, shut_down in (
            (f"{name}.connection", _disconnect, _shut_down),
            (f"{name}.asyncio.connection", _disconnect_async, _shut_down_async),
        ):
            for one in instances_in(module, "AbstractConnection"):
                if id(one) not in listening:
                    when_idle = shut_down if id(one) in kept else disconnect
                    _connections.append(_Connection(one, when_idle, shut_down))
    renew_again()


def renew_again() -> None:
    """Do it once more: for what threads have connected, and what was cached, meanwhile.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    tasks: list[tuple[Callable[[Any], object], Any]] = [
        *((_reconnect, one) for one in _subscriptions),
        *((_take_down, one) for one in _connections),
        *((_flush, one) for one in _caches),
    ]
    for_each(tasks, lambda task: task[0](task[1]), lambda task: repr(task[1]))


def _take_down(connection: _Connection) -> None:
    # A disconnect() would take the socket away under the hands of a thread that waits for it. If
    # it is shut down, the thread meets a lost connection, and does what it does about that.
    in_use = id(connection.one) in _used_by_threads()
    (connection.shut_down if in_use else connection.disconnect)(connection.one)


def _used_by_threads() -> set[int]:
    """Return the ids of all that other threads have in hand within one of the libraries."""
    used: set[int] = set()
    for thread, innermost in sys._current_frames().items():
        frame: FrameType | None = innermost
        while frame is not None and thread != threading.get_ident():
            if str(frame.f_globals.get("__name__")).startswith(tuple(_CACHES)):
                used.update(map(id, frame.f_locals.values()))
            frame = frame.f_back
    return used


def _watched(library: str) -> set[int]:
    """Return the ids of the connections over which a pipeline watches keys."""
    watched: set[int] = set()
    for module in (f"{library}.client", f"{library}.asyncio.client"):
        for pipeline in instances_in(module, "Pipeline"):
            if getattr(pipeline, "watching", False):
                connection = pipeline.connection
                # A connection with a cache in front of it stands behind a proxy.
                watched.add(id(getattr(connection, "_conn", connection)))
    return watched


def _listened_to(library: str) -> list[Any]:
    """Return the subscriptions that have a thread of their own, as run_in_thread() makes it."""
    threads = instances_in(f"{library}.client", "PubSubWorkerThread")
    return [
        thread.pubsub
        for thread in threads
        if hasattr(thread, "pubsub") and thread.is_alive() and thread.pubsub.connection is not None
    ]


def _reconnect(subscription: Any) -> None:
    # Its thread waits for this socket: a disconnect() would take that away under its hands.
    connection = subscription.connection
    if connection is None:  # The thread has come to its end.
        return
    # What the thread is at tries again if it may. By default it may not in redis-py 5 and
    # valkey-py, and the thread would end.
    connection.retry._retries = connection.retry._retries or 1
    vars(subscription)["_disconnect_raise_connect"] = _connect_again
    _shut_down(getattr(connection, "_conn", connection))


def _connect_again(connection: Any, _: Exception) -> None:
    connection.disconnect()
    connection.connect()


def _disconnect(connection: Any) -> None:
    # A half constructed connection has no socket.
    if getattr(connection, "_sock", None) is not None:
        connection.disconnect()


def _shut_down(connection: Any) -> None:
    # A disconnected one would connect anew, where nobody watches the keys, and the
    # transaction would not notice. Over a broken one it fails with a WatchError.
    connected = connection._sock
    if connected is not None:
        with contextlib.suppress(OSError):  # It may be broken already.
            connected.shutdown(socket.SHUT_RDWR)


def _disconnect_async(connection: Any) -> None:
    # Its own disconnect() needs the connection's event loop, which rests or is closed now.
    writer = getattr(connection, "_writer", None)
    if writer is None:
        return
    if writer._loop.is_running() and asyncio._get_running_loop() is not writer._loop:
        # First: by the time that the loop finds it lost, this is done. From here it could fall
        # into the middle of a step of the loop, and take away what has just connected anew.
        writer._loop.call_soon_threadsafe(_abort, connection, writer)
        close_transport(writer.transport)
    else:
        close_transport(writer.transport)
        _forget(connection)


def _abort(connection: Any, writer: Any) -> None:
    # First: a writer closes itself where it is forgotten, in that thread, if it is not closing.
    # To connect anew takes some turns: the connection has this writer still, or none.
    writer.transport.abort()
    _forget(connection)


def _forget(connection: Any) -> None:
    connection._parser.on_disconnect()
    connection._reader = connection._writer = None


def _shut_down_async(connection: Any) -> None:
    if connection._writer is not None:
        close_transport(connection._writer.transport)


def _flush(cache: Any) -> None:
    # A half constructed cache has no attributes, and nothing in it.
    if getattr(cache, "__dict__", True):
        cache.flush()
