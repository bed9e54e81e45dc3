"""Closes the connections of httpx's clients before the snapshot.

In a restored environment they would be dead, but a client could not tell, and would send
the next request on one of them.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# What httpx and httpx2, its successor, keep their connections in.
_LIBRARIES = ("httpcore", "httpcore2")


def before_snapshot() -> None:
    """Close all connections of httpx, httpx2 and their pools; new ones are opened at next use.

    A connection that is in use is closed as well, with a warning that names it.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if some could not be closed.
    """
    loaded = [core for core in _LIBRARIES if core in sys.modules]
    if loaded:
        from snapshot_restore_py.live_objects import for_each, instances_in

        kinds = ("ConnectionPool", "AsyncConnectionPool")
        # The transports of the clients hold such pools; others are made by hand.
        for_each(
            [one for core in loaded for kind in kinds for one in instances_in(core, kind)], _empty
        )


def _empty(pool: "Any") -> None:
    from snapshot_restore_py.live_objects import for_each

    if hasattr(pool, "_requests"):  # The pool is whole.
        for_each(pool.connections, lambda connection: _close(connection, pool))


def _close(connection: "Any", pool: "Any") -> None:
    """Close a connection, and let its pool forget it."""
    from contextlib import suppress

    from snapshot_restore_py.live_objects import shut_down

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
    with suppress(ValueError):  # Another thread may have been faster.
        held.remove(connection)
    if not is_idle:
        _warn(f"{name} is in use. It was closed, because it would be dead after the restore")


def _warn(text: str) -> None:
    import warnings

    warnings.warn(text, RuntimeWarning, stacklevel=2)


def _socket(connection: "Any") -> "Any":
    """Return the socket of a connection, which may stand behind others; None if there is none."""
    # A connection through a proxy, or one that may become HTTP/1.1 or HTTP/2.
    while getattr(connection, "_connection", None) is not None:
        connection = connection._connection
    stream = getattr(connection, "_network_stream", None)
    return None if stream is None else stream.get_extra_info("socket")


def _start(closing: "Any") -> None:
    """Run a coroutine as far as it goes without its event loop, which may have ended.

    That is as far as to mark the connection as closed, and to abort its transport.
    """
    from contextlib import suppress

    # A closed loop refuses to be told. The socket is shut down, which is what counts.
    with suppress(StopIteration, RuntimeError):
        closing.send(None)
    closing.close()
