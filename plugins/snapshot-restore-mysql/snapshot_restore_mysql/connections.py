"""Closes the connections of each driver, and lets those of PyMySQL connect anew."""

from __future__ import annotations

import contextlib
import sys
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

_IN_TRANSACTION = 1
"""The bit of a server's status that says so (SERVER_STATUS_IN_TRANS of MySQL's protocol)."""


def close_all() -> None:
    """Close all connections but those of SQLAlchemy's engines, which have a plugin of their own.

    Raises:
        CleanUpError: For some of them this failed; all the others are closed.
    """
    held = _sqlalchemys()
    idle = _idle()
    waiting = set(map(id, idle))
    tasks: list[tuple[Callable[[Any], object], Any]] = []
    for module, kind, close, advice in _KINDS:
        for one in instances_in(module, kind):
            if id(one) not in held:
                named = close if id(one) in waiting else _naming(close, advice)
                tasks.append((named, one))
    for_each(tasks, lambda task: task[0](task[1]), lambda task: repr(task[1]))


def _idle() -> list[Any]:
    """Return the connections that wait in pools, and take them out where it needs that.

    Those of mysql-connector stay there: its pools reconnect them when they lend them out.
    """
    found: list[Any] = []
    for module in ("mysql.connector.pooling", "mysql.connector.aio.pooling"):
        for pool in instances_in(module, "MySQLConnectionPool", may_be_missing=True):
            waiting: Any = getattr(pool, "_cnx_queue", None)
            # The queue of threads keeps them in `queue`, that of asyncio in `_queue`.
            found += getattr(waiting, "queue", getattr(waiting, "_queue", ()))
    for module in ("aiomysql.pool", "asyncmy.pool"):
        for pool in instances_in(module, "Pool"):
            free: Any = getattr(pool, "_free", None) or ()
            found += [free.popleft() for _ in range(len(free))]
    return found


def _naming(close: Callable[[Any], bool], advice: str) -> Callable[[Any], None]:
    """Return what closes a connection, and warns if it was open and needs somebody's help."""

    def close_named(connection: Any) -> None:
        if close(connection) and not _left_to_django(connection) and advice:
            _warn(connection, advice)

    return close_named


def _warn(connection: Any, advice: str) -> None:
    name = f"{connection!r} {global_name(connection) or ''}".rstrip()
    warnings.warn(
        f"{name} was closed for the snapshot. {advice}",
        RuntimeWarning,
        stacklevel=2,
    )


def _left_to_django(connection: Any) -> bool:
    """Let Django connect anew when it next needs a connection, if this is one of its own.

    Within a transaction it refuses to, and says so itself. One of PyMySQL connects anew by
    itself, but without what Django sets for a session, such as the isolation level.
    """
    for holder in instances_in("django.db.backends.base.base", "BaseDatabaseWrapper"):
        # A half constructed one holds none.
        if getattr(holder, "connection", None) is connection and not holder.in_atomic_block:
            holder.connection = None
            return True
    return False


def _close_pymysql(connection: Any) -> bool:
    sock = getattr(connection, "_sock", None)
    if sock is None:
        return False
    shut_down(sock.fileno())  # This wakes a thread that waits for an answer.
    in_transaction = connection.server_status & _IN_TRANSACTION
    # Its close() would take it for closed by its user, and refuse to be called again.
    connection._force_close()
    result, connection._result = connection._result, None
    if result is not None and result.unbuffered_active:
        result.connection = _Gone(result)  # Or its rest would be looked for in the next one.
    connection._execute_command = _Reconnection(connection)
    connection.ping = _Ping(connection)
    if in_transaction:
        _warn(connection, "Its transaction is rolled back: end it before the snapshot")
    return True


class _Gone:
    """Stands for the connection of a result that has not been read to its end."""

    def __init__(self, result: Any) -> None:
        self._result = result

    def _read_packet(self) -> None:
        # This number (ER_STATEMENT_TIMEOUT of MariaDB) ends a result that nobody reads silently.
        self._result.unbuffered_active = False
        error = sys.modules["pymysql"].err.OperationalError
        raise error(1969, "The connection of this result was closed for the snapshot")


class _Reconnection:
    """Stands for the method that sends a command, once: it connects before that."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __call__(self, command: Any, sql: Any) -> Any:
        connection = self._connection
        # What connects sends commands too. If it fails, the next use tries again.
        del connection._execute_command
        # Its user may have closed it meanwhile, or connected it.
        if connection._sock is None and not connection._closed:
            try:
                connection.connect()
            except BaseException:
                connection._execute_command = self
                raise
        return connection._execute_command(command, sql)


class _Ping:
    """Stands for the method that asks whether the server is there, once: it connects, too."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        connection = self._connection
        del connection.ping
        # Without a socket, it would say that the connection was closed by its user.
        if connection._sock is None and not connection._closed:
            try:
                connection.connect()
            except BaseException:
                connection.ping = self
                raise
        connection.ping(*args, **kwargs)


def _close_mysqldb(connection: Any) -> bool:
    if not getattr(connection, "open", False):
        return False
    # Newer versions raise here if another thread has a query, which cannot be broken off.
    shut_down(connection.fileno())
    connection.close()
    return True


def _close_connector(connection: Any) -> bool:
    # In Python: a socket. In C: an object, whose close() cannot be broken off.
    socket: Any = getattr(connection, "_socket", None)
    core: Any = getattr(connection, "_cmysql", None)
    sock: Any = getattr(socket, "sock", None)
    descriptor = -1 if sock is None else sock.fileno()
    if descriptor >= 0:
        shut_down(descriptor)
    is_open = descriptor >= 0 or (core is not None and core.connected())
    if is_open:
        connection.close()
    return is_open


def _close_connector_async(connection: Any) -> bool:
    socket: Any = getattr(connection, "_socket", None)
    writer = getattr(socket, "_writer", None)
    if writer is None or not socket.is_connected():
        return False
    close_transport(writer.transport)
    socket._is_connected = False
    return True


def _close_async(connection: Any) -> bool:
    # aiomysql and older versions of asyncmy have a writer, newer ones a transport. One that is
    # half constructed has neither.
    writer = getattr(connection, "_writer", None)
    transport = getattr(writer, "transport", None) or getattr(connection, "_transport", None)
    if transport is None or transport.is_closing():
        return False
    loop: Any = connection._loop
    runs = loop.is_running()
    if runs:
        # First: once the loop finds it lost, it may connect anew, and that stays open.
        loop.call_soon_threadsafe(connection.close)
    close_transport(transport)
    if hasattr(connection, "_connected"):
        connection._connected = False  # The close() of older versions of asyncmy forgets that.
    if not runs:
        with contextlib.suppress(RuntimeError):  # It tells a closed loop what it knows.
            connection.close()
    return True


_POOL = "It was lent out by a pool, or belongs to none and stays closed: use a pool, or connect "
_POOL += "after the restore"
_CONNECTOR = "Call its reconnect() after the restore, or use a pool, which does that"

_KINDS: tuple[tuple[str, str, Callable[[Any], bool], str], ...] = (
    ("pymysql.connections", "Connection", _close_pymysql, ""),
    ("MySQLdb.connections", "Connection", _close_mysqldb, _POOL),
    ("mysql.connector.abstracts", "MySQLConnectionAbstract", _close_connector, _CONNECTOR),
    (
        "mysql.connector.aio.abstracts",
        "MySQLConnectionAbstract",
        _close_connector_async,
        _CONNECTOR,
    ),
    ("aiomysql.connection", "Connection", _close_async, _POOL),
    ("asyncmy.connection", "Connection", _close_async, _POOL),
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
