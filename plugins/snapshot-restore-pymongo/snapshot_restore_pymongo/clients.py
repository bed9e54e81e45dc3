"""Puts each client back to where it was before its first use.

A client keeps all that it knows of servers, with their pools and monitors, and all sessions
that it may use again, in its topology. So an opened client gets a new one.
"""

from __future__ import annotations

import contextlib
import sys
import warnings
from typing import TYPE_CHECKING, Any

from snapshot_restore_py.live_objects import close_transport, for_each, instances_in, shut_down

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 5.0
"""How many seconds a server may take to end sessions, and a thread to notice its end."""


_OLDEST = (4, 13)
"""The oldest supported version of pymongo: the first with stable async clients."""


def renew_all() -> None:
    """Renew all clients, and make their sessions new ones.

    Raises:
        CleanUpError: For some of them this failed; all the others are renewed.
    """
    pymongo = sys.modules["pymongo"]
    if pymongo.version_tuple < _OLDEST:
        text = (
            "snapshot-restore-pymongo does not know pymongo {}, and leaves its clients as they are"
        )
        warnings.warn(text.format(pymongo.version), RuntimeWarning, stacklevel=2)
        return
    executors = instances_in("pymongo.periodic_executor", "PeriodicExecutor")
    tasks: list[tuple[Callable[[Any], object], Any]] = []
    # The order counts: a client that ends its sessions still needs a connection.
    for module, kind, action in (
        ("pymongo.synchronous.client_session", "ClientSession", _renew_session),
        ("pymongo.asynchronous.client_session", "AsyncClientSession", _renew_session_async),
        ("pymongo.synchronous.mongo_client", "MongoClient", _renew),
        ("pymongo.asynchronous.mongo_client", "AsyncMongoClient", _renew_async),
        ("pymongo.synchronous.pool", "Connection", _shut_down),
        ("pymongo.asynchronous.pool", "AsyncConnection", _close_async),
        ("pymongo.periodic_executor", "AsyncPeriodicExecutor", _stop_async),
    ):
        tasks += [(action, one) for one in instances_in(module, kind)]
    tasks += [(_stop, one) for one in executors]
    tasks += [(_join, one) for one in executors]
    for_each(tasks, lambda task: task[0](task[1]), lambda task: repr(task[1]))


def _is_open(client: Any) -> bool:
    # A half constructed client has no such attribute, and would make up a database's name.
    state = vars(client)
    return bool(state.get("_opened") and not state.get("_closed"))


def _renew_session(session: Any) -> None:
    _empty(session, "pymongo.synchronous.mongo_client")


def _renew_session_async(session: Any) -> None:
    _empty(session, "pymongo.asynchronous.mongo_client")


def _empty(session: Any, module: str) -> None:
    # A session that has ended has none, and one that is half constructed no attributes.
    if vars(session).get("_server_session") is None:
        return
    if session.in_transaction:
        raise RuntimeError("it is in a transaction, which no restored environment can go on with")
    server_session = session._server_session
    session._server_session = sys.modules[module]._EmptyServerSession()
    # The client ends it with the others, if it is one that a server knows.
    session._client._return_server_session(server_session)


def _renew(client: Any) -> None:
    if not _is_open(client):
        return
    topology, executor = client._topology, client._kill_cursors_executor
    session_ids = topology.pop_all_sessions()
    if session_ids:
        # It leaves the sessions to the server's own time-out if the server cannot be reached.
        with sys.modules["pymongo"].timeout(_PATIENCE):
            client._end_sessions(session_ids)
    client._init_background()
    executor.close()
    topology.close()


def _renew_async(client: Any) -> None:
    # Ending sessions and closing the topology would need the client's event loop. The server
    # ends the sessions by its own time-out.
    # A client whose loop is closed refuses any other.
    if not _is_open(client) or client._loop.is_closed():
        return
    topology = client._topology
    client._init_background()
    for server in topology._servers.values():
        server.pool.conns.clear()
    topology._closed = True


def _shut_down(connection: Any) -> None:
    # This wakes a thread that waits for an answer, and closes what a thread has taken out of
    # the pool. One in a pool is closed already.
    if getattr(connection, "closed", True):
        return
    shut_down(connection.conn.fileno())


def _close_async(connection: Any) -> None:
    if getattr(connection, "closed", True):
        return
    transport, _ = connection.conn.conn
    close_transport(transport)


def _stop(executor: Any) -> None:
    executor.close()


def _stop_async(executor: Any) -> None:
    executor._stopped = True
    task = executor._task
    if task is None or task.done():
        return
    loop = task.get_loop()
    if loop.is_running():
        loop.call_soon_threadsafe(task.cancel)
    elif not loop.is_closed():
        task.cancel()


def _join(executor: Any) -> None:
    executor.join(_PATIENCE)
    thread = executor._thread
    with contextlib.suppress(ReferenceError):  # It is a weak proxy of a thread that has ended.
        if thread is not None and thread.is_alive():
            raise TimeoutError(f"after {_PATIENCE:.0f} seconds its thread did not come to rest")
