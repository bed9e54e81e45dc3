"""Closes the connections of both libraries, and warns of those that no pool makes anew."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any

from snapshot_restore_py.live_objects import (
    close_transport,
    for_each,
    global_name,
    instances_in,
    shut_down,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def close_all() -> None:
    """Close all connections but those of SQLAlchemy's engines, which have a plugin of their own.

    Raises:
        CleanUpError: For some of them this failed; all the others are closed.
    """
    held = _sqlalchemys()
    tasks: list[tuple[Callable[[Any], object], Any]] = [
        *((_empty, pool) for pool in instances_in("psycopg2.pool", "AbstractConnectionPool")),
        *((_empty_async, one) for one in instances_in("asyncpg.pool", "PoolConnectionHolder")),
    ]
    for module, kind, action in (
        ("psycopg2.extensions", "connection", _close_named),
        ("asyncpg.connection", "Connection", _close_named_async),
    ):
        tasks += [(action, one) for one in instances_in(module, kind) if id(one) not in held]
    for_each(tasks, lambda task: task[0](task[1]), lambda task: repr(task[1]))


def _empty(pool: Any) -> None:
    # A half constructed pool has no list, and one that is closed an old one.
    idle = list(getattr(pool, "_pool", ()))
    getattr(pool, "_pool", idle).clear()
    for_each(idle, _close)


def _close(connection: Any) -> None:
    if connection.closed:
        return
    # Or close() would wait for a query of another thread.
    shut_down(connection.fileno())
    connection.close()


def _close_named(connection: Any) -> None:
    if not connection.closed:
        _close(connection)
        if not _left_to_django(connection):
            _warn(connection)


def _left_to_django(connection: Any) -> bool:
    """Let Django connect anew when it next needs a connection, if this is one of its own.

    Within a transaction it refuses to, and says so itself.
    """
    for holder in instances_in("django.db.backends.base.base", "BaseDatabaseWrapper"):
        # A half constructed one holds none.
        if getattr(holder, "connection", None) is connection and not holder.in_atomic_block:
            holder.connection = None
            return True
    return False


def _empty_async(holder: Any) -> None:
    connection = getattr(holder, "_con", None)
    if connection is not None and not holder._in_use:
        _close_async(connection)


def _close_async(connection: Any) -> None:
    loop = connection._loop
    if loop.is_running():
        # First: its pool would replace a connection that it finds to be lost.
        loop.call_soon_threadsafe(_terminate, connection)
        close_transport(connection._transport)
        return
    close_transport(connection._transport)
    with contextlib.suppress(RuntimeError):  # It tells a closed loop what it knows.
        _terminate(connection)
    _terminate(connection)  # The rest, which needs no loop.


def _terminate(connection: Any) -> None:
    # Pools of newer versions replace it at once, so that the new one would be in the snapshot.
    # They do not while they take themselves for being at it.
    pool = _pool_that_refills(connection)
    if pool is None:
        connection.terminate()
        return
    pool._maintenance_task = connection
    try:
        connection.terminate()
    finally:
        pool._maintenance_task = None


def _pool_that_refills(connection: Any) -> Any:
    holder: Any = getattr(connection, "_pool_holder", None)
    pool = getattr(holder and holder(), "_pool", None)
    return pool if getattr(pool, "_maintenance_task", pool) is None else None


def _close_named_async(connection: Any) -> None:
    # A half constructed one has no protocol.
    transport = getattr(connection, "_transport", None)
    if transport is None or connection._aborted or transport.is_closing():
        return
    _close_async(connection)
    _warn(connection)


def _warn(connection: Any) -> None:
    name = f"{connection!r} {global_name(connection) or ''}".rstrip()
    warnings.warn(
        f"{name} was closed for the snapshot. It was lent out by a pool, or belongs to none and "
        "stays closed: use a pool, or connect after the restore",
        RuntimeWarning,
        stacklevel=2,
    )


def _sqlalchemys() -> set[int]:
    """Return the ids of the connections that SQLAlchemy's pools have made."""
    found = set()
    for kind in ("_ConnectionRecord", "_ConnectionFairy"):
        for holder in instances_in("sqlalchemy.pool.base", kind):
            with contextlib.suppress(AttributeError):
                # A half constructed one of them would ask itself for this without an end.
                connection = object.__getattribute__(holder, "dbapi_connection")
                found.add(id(getattr(connection, "_connection", connection)))
    return found
