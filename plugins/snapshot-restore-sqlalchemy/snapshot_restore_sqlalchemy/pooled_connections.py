"""Closes what the pools hold, idle or checked out, and says who had it checked out.

Every pool keeps its connections in records, which connect anew when they are next checked
out without a connection in them. So the records are emptied, whatever the pool's class.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from snapshot_restore_py.live_objects import (
    close_transport,
    for_each,
    global_name,
    instances_in,
    shut_down,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def close_all() -> None:
    """Close all connections of all pools, but those that hold a database in memory.

    Raises:
        CleanUpError: For some of them this failed; all the others are closed.
    """
    for_each(
        _tasks(),
        lambda held: held.close(held),
        lambda held: f"{_place(held.pool, None)}: {held.connection!r}",
    )


def _tasks() -> Iterator[_Held]:
    sessions: list[_Held] = []
    used = [*_open("_ConnectionFairy", "_pool", lambda held: sessions.extend(_end_use(held)))]
    idle = [*_open("_ConnectionRecord", "_ConnectionRecord__pool", _close_idle)]
    # First those that are checked out: what is left in the records then is idle.
    yield from used
    # A Session gives back all that it uses: so not before each has been named and closed.
    yield from sessions
    yield from idle


class _Held(NamedTuple):
    close: Callable[[_Held], object]
    holder: Any
    """The pool's record of the connection, the proxy that is checked out, or its Session."""
    pool: Any
    connection: Any


def _open(kind: str, pool: str, close: Callable[[_Held], object]) -> Iterator[_Held]:
    for holder in instances_in("sqlalchemy.pool.base", kind):
        connection = _attribute(holder, "dbapi_connection")
        if connection is not None:
            yield _Held(close, holder, _attribute(holder, pool), connection)


def _attribute(one: object, name: str) -> Any:
    # A half constructed proxy asks the connection that it lacks for it, without an end.
    try:
        return object.__getattribute__(one, name)
    except AttributeError:
        return None


def _close_idle(held: _Held) -> None:
    # It may have been closed with the proxy that had it checked out.
    if held.holder.dbapi_connection is not None and not _holds_database(held):
        _close(held, held.holder)


def _end_use(held: _Held) -> list[_Held]:
    """Close what is checked out, and return the Sessions that used it."""
    proxy = held.holder
    record = proxy._connection_record
    # StaticPool lends out one connection several times: it may be closed already.
    is_open = record is None or record.dbapi_connection is held.connection
    if is_open and _holds_database(held):
        return []
    user = next(
        (
            one
            for one in instances_in("sqlalchemy.engine.base", "Connection")
            if _attribute(one, "_dbapi_connection") is proxy
        ),
        None,
    )
    message = (
        f"{_place(held.pool, user)}: a connection is still checked out at the snapshot, held by "
        f"{_user(proxy, user)}. It is closed and invalidated now. Give it back before the "
        "snapshot: close it, or leave its 'with' block"
    )
    try:
        if is_open:
            _invalidate(held, record)
    finally:
        # A thread whose query was broken off may have closed it by itself.
        with contextlib.suppress(sys.modules["sqlalchemy.exc"].ResourceClosedError):
            (proxy if user is None else user).invalidate()
    # What was flushed and then forgotten, or executed as SQL, does not show: so warn of all.
    warnings.warn(message, RuntimeWarning, stacklevel=2)
    return [held._replace(close=_roll_back, holder=session) for session in _sessions(user)]


def _roll_back(held: _Held) -> None:
    session = held.holder
    if not _has_changes(session):
        session.rollback()


def _sessions(user: Any) -> list[Any]:
    """Return the Sessions that use an SQLAlchemy Connection."""
    return [
        one.session
        for one in instances_in("sqlalchemy.orm.session", "SessionTransaction")
        if user is not None and user in (_attribute(one, "_connections") or ())
    ]


def _has_changes(session: Any) -> bool:
    """Tell whether objects would be lost that were added, changed or deleted, flushed or not."""
    changes = [session.new, session.dirty, session.deleted]
    # Each savepoint knows what was flushed since it was made.
    transaction = session.get_nested_transaction() or session.get_transaction()
    while transaction is not None:
        changes += (getattr(transaction, f"_{name}", ()) for name in ("new", "dirty", "deleted"))
        transaction = transaction.parent
    return any(map(len, changes))


def _invalidate(held: _Held, record: Any) -> None:
    _break_off(held)
    try:
        if record is not None:
            held.pool.dispatch.invalidate(held.connection, record, None)
    finally:
        _close(held, record)


def _break_off(held: _Held) -> None:
    """Wake a thread that waits for an answer, for whose end a close() would wait."""
    dialect = held.pool._dialect
    driver = dialect.get_driver_connection(held.connection)
    # PyMySQL's connections have no fileno() of their own.
    source = driver if hasattr(driver, "fileno") else getattr(driver, "_sock", None)
    if source is not None and not dialect.is_async:
        with contextlib.suppress(Exception):  # It may be closed already.
            shut_down(source.fileno())


def _close(held: _Held, record: Any) -> None:
    """Close a connection as its pool would, but raise what goes wrong."""
    dialect = held.pool._dialect
    try:
        if record is None:
            held.pool.dispatch.close_detached(held.connection)
        else:
            record.finalize_callback.clear()
            held.pool.dispatch.close(held.connection, record)
    finally:
        try:
            if dialect.is_async:
                _close_async(dialect, held.connection)
            else:
                dialect.do_close(held.connection)
        finally:
            if record is not None:
                record.dbapi_connection = None


def _close_async(dialect: Any, connection: Any) -> None:
    # An async driver's own close() needs its event loop, which rests or is closed now.
    driver = dialect.get_driver_connection(connection)
    # asyncpg's; that of aiomysql and asyncmy
    transport = getattr(driver, "_transport", None) or getattr(
        getattr(driver, "_writer", None), "transport", None
    )
    if hasattr(driver, "pgconn"):  # psycopg
        driver._closed = True
        driver.pgconn.finish()
    elif transport is not None:
        close_transport(transport)
        end = getattr(driver, "terminate", driver.close)
        with contextlib.suppress(RuntimeError):  # It tells a closed loop what it knows.
            end()
    elif dialect.has_terminate:
        dialect.do_terminate(connection)
    else:
        raise NotImplementedError(
            f"nobody knows how to close a connection of {type(driver).__module__} without its "
            "event loop. Close it in a hook of your own: await engine.dispose()"
        )


_DATABASES = {
    "sqlite": "SELECT file FROM pragma_database_list WHERE name <> 'temp'",
    "duckdb": "SELECT path FROM duckdb_databases() WHERE NOT internal",
}
"""The databases within the process, and what asks one for its files: none, if it is in memory."""


def _holds_database(held: _Held) -> bool:
    """Tell whether a connection is one to a database in memory, which would be lost with it.

    It is assumed of a connection that cannot be asked, as one of SQLite's that belongs to
    another thread: all those of aiosqlite. There is no network between.
    """
    dialect = held.pool._dialect
    driver = dialect.get_driver_connection(held.connection)
    # A pool that was made by hand has a dialect without a name.
    name = getattr(dialect, "name", type(driver).__module__)
    question = next((text for key, text in _DATABASES.items() if key in name), None)
    if question is None or dialect.is_async:
        return question is not None
    try:
        cursor = driver.cursor()
        cursor.row_factory = None
        cursor.execute(question)
        return not all(file for (file,) in cursor.fetchall())
    except Exception:
        return True


def _place(pool: Any, user: Any) -> str:
    """Return the URL of a pool's engine, without what is secret in it."""
    # An engine that was disposed of has another pool by now, but its connections know it.
    engine = getattr(user, "engine", None) or next(
        (
            one
            for one in instances_in("sqlalchemy.engine.base", "Engine")
            if _attribute(one, "pool") is pool
        ),
        None,
    )
    if engine is None:
        return f"{type(pool).__name__} without an engine"
    # The part after the question mark may hold passwords too.
    return str(engine.url.set(query={}).render_as_string(hide_password=True))


def _user(proxy: Any, user: Any) -> str:
    """Return how to find what holds a connection: its class, and a variable if there is one."""
    holders = [proxy] if user is None else [*_around(user), user]
    name = next(filter(None, map(global_name, holders)), None)
    return f"{type(holders[0]).__name__} {name or f'at {id(holders[0]):#x}'}"


def _around(user: Any) -> list[Any]:
    """Return what uses an SQLAlchemy Connection for its own users, outermost first."""
    sessions = _sessions(user)
    return [
        *(
            one
            for one in instances_in("sqlalchemy.ext.asyncio.session", "AsyncSession")
            if _attribute(one, "sync_session") in sessions
        ),
        *sessions,
        *(
            one
            for one in instances_in("sqlalchemy.ext.asyncio.engine", "AsyncConnection")
            if _attribute(one, "sync_connection") is user
        ),
    ]
