"""Closes the connections of each pool, and lets the pool forget them."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any

from snapshot_restore_py.live_objects import for_each, instances_in, shut_down

if TYPE_CHECKING:
    from collections.abc import Iterable


def empty_all(libraries: Iterable[str]) -> None:
    """Close the connections of all pools of some libraries, httpcore and its like.

    Raises:
        CleanUpError: For some of them this failed; all the others are closed.
    """
    kinds = ("ConnectionPool", "AsyncConnectionPool")
    # The transports of the clients hold such pools; others are made by hand.
    found = [one for library in libraries for kind in kinds for one in instances_in(library, kind)]
    for_each(found, _empty)


def _empty(pool: Any) -> None:
    if hasattr(pool, "_requests"):  # The pool is whole.
        for_each(pool.connections, lambda connection: _close(connection, pool))


def _close(connection: Any, pool: Any) -> None:
    """Close a connection, and let its pool forget it."""
    if connection.is_closed():
        return
    name, is_idle = repr(connection), connection.is_idle()
    sock = _socket(connection)
    if sock is not None:
        shut_down(sock.fileno())  # This wakes a thread that waits for a response.
    if hasattr(connection, "aclose"):
        _start(connection.aclose())
    else:
        connection.close()
    if not connection.is_closed():
        _warn(f"{name} is still being opened. It would be dead after the restore")
        return
    # Not all versions of httpcore do so by themselves. The list is called _connections since
    # httpcore 1.0.3.
    held = pool._connections if hasattr(pool, "_connections") else pool._pool
    with contextlib.suppress(ValueError):  # Another thread may have been faster.
        held.remove(connection)
    if not is_idle:
        _warn(f"{name} is in use. It was closed, because it would be dead after the restore")


def _warn(text: str) -> None:
    warnings.warn(text, RuntimeWarning, stacklevel=2)


def _socket(connection: Any) -> Any:
    """Return the socket of a connection, which may stand behind others; None if there is none."""
    # A connection through a proxy, or one that may become HTTP/1.1 or HTTP/2.
    while getattr(connection, "_connection", None) is not None:
        connection = connection._connection
    stream = getattr(connection, "_network_stream", None)
    return None if stream is None else stream.get_extra_info("socket")


def _start(closing: Any) -> None:
    """Run a coroutine as far as it goes without its event loop, which may have ended.

    That is as far as to mark the connection as closed, and to abort its transport.
    """
    # A closed loop refuses to be told. The socket is shut down, which is what counts.
    with contextlib.suppress(StopIteration, RuntimeError):
        closing.send(None)
    closing.close()
