"""Empties the pools of each copy of urllib3, and closes what is in use."""

from __future__ import annotations

import contextlib
import queue
import sys
import warnings
from typing import TYPE_CHECKING, Any

from snapshot_restore_py.live_objects import for_each, instances_of, shut_down

if TYPE_CHECKING:
    from collections.abc import Iterator


def close_all() -> None:
    """Close all connections of all pools.

    Raises:
        CleanUpError: For some of them this failed; all the others are closed.
    """
    # In this order: what is still open after the pools are empty is in use.
    steps = (
        ("connectionpool", "HTTPConnectionPool", _empty),
        ("response", "HTTPResponse", _cut_off),
        ("connection", "HTTPConnection", _disconnect),
    )
    found = [
        (step, one)
        for module, name, step in steps
        for kind in _classes(module, name)
        for one in instances_of(kind)
    ]
    for_each(found, lambda pair: pair[0](pair[1]), lambda pair: _name(pair[1]))


def _classes(module: str, name: str) -> Iterator[type[Any]]:
    """Return a class of each copy of urllib3: pip and others bring one of their own."""
    found = []
    for full_name, candidate in sys.modules.copy().items():
        package = full_name[: -len(module) - 1]
        is_copy = f".{full_name}".endswith((f".urllib3.{module}", f".urllib3_future.{module}"))
        if is_copy and isinstance(candidate, type(sys)):
            if f"{package}.util.traffic_police" in sys.modules:
                _leave(package, module)
                continue
            # Asking a lazy module for an attribute would import it.
            kind = object.__getattribute__(candidate, "__dict__").get(name)
            # One copy can stand there by several names, such as requests.packages.urllib3.
            if isinstance(kind, type) and kind not in found:
                found.append(kind)
    return iter(found)


def _leave(package: str, module: str) -> None:
    # Its pools are no queues: one whose connections were taken out would wait for ever.
    if module == "connectionpool":
        warnings.warn(
            f"{package} is urllib3-future, which snapshot-restore-urllib3 does not know. Its "
            "connections stay in the snapshot; close its sessions in a hook of your own",
            RuntimeWarning,
            stacklevel=2,
        )


def _empty(pool: Any) -> None:
    """Close the idle connections of a pool; it makes new ones in their places."""
    waiting = getattr(pool, "pool", None)
    if waiting is None:  # The pool is closed, or half constructed.
        return
    places = []
    with contextlib.suppress(queue.Empty):
        while True:
            places.append(waiting.get(block=False))
    # Meanwhile another thread may have put its connection back.
    with contextlib.suppress(queue.Full):
        for _ in places:
            waiting.put(None, block=False)
    for_each(filter(None, places), lambda connection: connection.close(), _name)


def _cut_off(response: Any) -> None:
    """Close the connection of a response that has not been read to its end."""
    stream = getattr(getattr(response, "_fp", None), "fp", None)
    sock: Any = getattr(getattr(stream, "raw", None), "_sock", None)
    if not _is_open(sock):  # It has been read, is half constructed, or is of something else.
        return
    # The response would read nothing, and raise nothing, if its file were closed as well.
    shut_down(sock.fileno())
    connection = getattr(response, "_connection", None)
    if connection is not None:
        connection.sock = None
    sock.close()
    _warn(response, "has not been read to its end")


def _disconnect(connection: Any) -> None:
    """Close a connection that is neither in its pool nor that of a response."""
    sock: Any = getattr(connection, "sock", None)
    if _is_open(sock):
        shut_down(sock.fileno())  # This wakes a thread that waits for a response.
        connection.close()
        _warn(connection, "is in use, or belongs to no pool")


def _is_open(sock: Any) -> bool:
    return sock is not None and sock.fileno() >= 0


def _warn(one: object, state: str) -> None:
    warnings.warn(
        f"{_name(one)} {state}. Its connection was closed, because it would be dead after "
        "the restore",
        RuntimeWarning,
        stacklevel=2,
    )


def _name(one: object) -> str:
    """Return how messages call a pool, a connection or a response."""
    place = getattr(one, "_pool", None) or one
    host, port = getattr(place, "host", "unknown host"), getattr(place, "port", None)
    return f"{type(one).__qualname__} of {host}:{port}"
