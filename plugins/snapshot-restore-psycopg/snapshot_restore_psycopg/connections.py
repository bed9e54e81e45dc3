"""Brings pools to rest and wakes them, and closes the connections of all others.

A pool's threads end for the snapshot, and new ones are started after it. What they have to
do waits in the pool's queue meanwhile.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import sys
import warnings
from typing import TYPE_CHECKING, Any

import snapshot_restore_py
from snapshot_restore_py.live_objects import for_each, global_name, instances_in, shut_down

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 60.0
"""How many seconds a pool's threads may take to finish what they are at."""

_resting: list[tuple[Any, int]] = []
"""The pools to wake, each with a number of connections that it has to make anew."""


def close_all() -> None:
    """Bring all open pools to rest, and close all connections.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    connections = [
        *instances_in("psycopg", "Connection"),
        *instances_in("psycopg", "AsyncConnection"),
    ]
    close = functools.partial(_close, _sqlalchemys(), _has_sqlalchemys_plugin())
    give_up = functools.partial(_give_up, {id(getattr(one, "pgconn", None)) for one in connections})
    # An async pool has no threads: its workers are tasks in an event loop.
    tasks: list[tuple[Callable[[Any], object], Any]] = [
        *((_rest, pool) for pool in instances_in("psycopg_pool", "ConnectionPool")),
        *((_empty, pool) for pool in instances_in("psycopg_pool", "AsyncConnectionPool")),
        *((close, one) for one in connections),
        *((give_up, one) for one in instances_in("psycopg.pq", "PGconn")),
    ]
    for_each(tasks, lambda task: task[0](task[1]), lambda task: repr(task[1]))


def wake_pools() -> None:
    """Let the pools that rest work again; they connect in the background.

    Raises:
        CleanUpError: For some of them this failed; all the others work.
    """
    pools, _resting[:] = _resting[:], []
    for_each(pools, lambda one: _wake(*one), lambda one: repr(one[0]))


def _rest(pool: Any) -> None:
    threads = [] if getattr(pool, "_closed", True) else _stop(pool)
    _empty(pool)
    stuck = [thread.name for thread in threads if thread.is_alive()]
    if stuck:
        raise TimeoutError(
            f"after {_PATIENCE:.0f} seconds {', '.join(stuck)} did not come to rest. Does the "
            "server answer? The option connect_timeout ends what waits for it"
        )


def _stop(pool: Any) -> list[Any]:
    """Let the threads of a pool end, and return them."""
    threads = [pool._sched_runner, *pool._workers]
    if pool._sched_runner.is_alive():
        tasks = _take(pool._tasks)
        # The scheduler's thread stays where it is: the pool wants to see it when it is closed.
        pool._sched.enter(0, None)
        for _ in pool._workers:
            pool.run_task(sys.modules["psycopg_pool.pool"].StopWorker(pool))
        pool._workers = []
        for thread in threads:
            thread.join(_PATIENCE)
        for task in tasks:
            pool.run_task(task)
    return threads


def _take(tasks: Any) -> list[Any]:
    taken = []
    with contextlib.suppress(queue.Empty):
        while True:
            taken.append(tasks.get_nowait())
    return taken


def _empty(pool: Any) -> None:
    # A pool that is half constructed has no connections; in older
    # versions, one that is closed may have got one from a worker that came too late.
    connections = list(getattr(pool, "_pool", ()))
    if not getattr(pool, "_closed", True):
        pool._pool.clear()
        _resting.append((pool, len(connections)))
    for_each(connections, _end)


def _end(connection: Any) -> None:
    # The close() of an async one is a coroutine, and that of one that a pool has lent out
    # may give it back to the pool. This is what both do in the end.
    connection._closed = True
    connection.pgconn.finish()


def _wake(pool: Any, connections: int) -> None:
    if pool.closed:
        return
    loop = getattr(pool._sched_runner, "get_loop", lambda: None)()
    if loop is None:
        if not pool._sched_runner.is_alive():
            pool._start_workers()
        _fill(pool, connections, "psycopg_pool.pool")
    elif not loop.is_closed():
        loop.call_soon_threadsafe(_fill, pool, connections, "psycopg_pool.pool_async")


def _fill(pool: Any, connections: int, module: str) -> None:
    for _ in range(connections):
        pool.run_task(sys.modules[module].AddConnection(pool))


def _close(sqlalchemys: set[int], has_plugin: bool, connection: Any) -> None:
    # A half constructed connection has no libpq connection.
    if getattr(connection, "pgconn", None) is None or connection.closed:
        return
    pool = getattr(connection, "_pool", None)
    name = f"{connection!r} {global_name(connection) or ''}".rstrip()
    if id(connection) in sqlalchemys and has_plugin:
        # That plugin closes and reports it, before or after this one. But it does not give
        # it back to a pool of psycopg's, which has to know that it is gone.
        if pool is not None and isinstance(connection, sys.modules["psycopg"].Connection):
            _end(connection)
            pool.putconn(connection)
        return
    _end(connection)
    if pool is None and _left_to_django(connection):
        return
    if pool is not None:
        what = f"is lent out by the pool {pool.name!r}: a new one takes its place when given back"
    elif id(connection) in sqlalchemys:
        what = "belongs to an engine of SQLAlchemy, which needs snapshot-restore-sqlalchemy"
    else:
        what = "belongs to no pool and stays closed: use a pool, or connect after the restore"
    warnings.warn(f"{name} was closed for the snapshot. It {what}", RuntimeWarning, stacklevel=2)


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


def _give_up(held: set[int], pgconn: Any) -> None:
    """Break off a connection that is just being made: no Connection holds it yet.

    Who makes it sees it fail when it goes on, and tries again or not.
    """
    if id(pgconn) in held:
        return
    with contextlib.suppress(Exception):  # It may be closed, or not have begun.
        shut_down(pgconn.socket)


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


def _has_sqlalchemys_plugin() -> bool:
    return any(
        plugin.distribution.replace("_", "-") == "snapshot-restore-sqlalchemy"
        and plugin.status == "loaded"
        for plugin in snapshot_restore_py.plugins()
    )
