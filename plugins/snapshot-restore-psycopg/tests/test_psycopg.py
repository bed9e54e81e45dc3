"""The plugin, installed with pip, with a real PostgreSQL server; also beside SQLAlchemy's."""

from __future__ import annotations

import sys

import pytest

from tests import django_users
from tests.servers.postgresql import PostgreSQLServer
from tests.servers.tls_greetings import GreetingListener
from tests.snapshots import Snapshot, imported_without_use, installed_once, run


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin, and SQLAlchemy's."""
    base = tmp_path_factory.getbasetemp()
    return installed_once(base, "snapshot-restore-psycopg", "snapshot-restore-sqlalchemy")


@pytest.fixture(scope="session")
def server():
    server = PostgreSQLServer()
    yield server
    server.stop()


# work() returns the process id of the server's backend, as the connection tells it.
SYNC = """
import atexit, psycopg_pool
URL = "host=127.0.0.1 port={port} user=tester dbname=postgres sslmode={tls}"
pool = psycopg_pool.{pool}(URL, open=True, {options})
pool.wait()
atexit.register(pool.close)  # Later, it waits in vain for threads that do not run any more.
def work():
    for number in range(20):
        with pool.connection() as connection:
            assert connection.execute(f"SELECT {{number}}").fetchone() == (number,)
            pid = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
    return pid
told = work()
"""
# The copies share what an event loop of epoll has in the kernel, but not with select().
ASYNC = """
import asyncio, psycopg_pool, selectors
URL = "host=127.0.0.1 port={port} user=tester dbname=postgres sslmode={tls}"
loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
async def start():
    pool = psycopg_pool.{pool}(URL, open=False, {options})
    await pool.open(wait=True)
    return pool
pool = loop.run_until_complete(start())
async def use():
    for number in range(20):
        async with pool.connection() as connection:
            answer = await connection.execute(f"SELECT {{number}}")
            assert await answer.fetchone() == (number,)
            answer = await connection.execute("SELECT pg_backend_pid()")
            pid = (await answer.fetchone())[0]
    return pid
def work():
    return loop.run_until_complete(use())
told = work()
"""
POOLS = {
    "ConnectionPool": (SYNC, "min_size=1, max_size=1"),
    "AsyncConnectionPool": (ASYNC, "min_size=1, max_size=1"),
}
NULL_POOLS = {
    "NullConnectionPool": (SYNC, "max_size=1"),
    "AsyncNullConnectionPool": (ASYNC, "max_size=1"),
}


def code_for(pool, port, tls="disable"):
    code, options = {**POOLS, **NULL_POOLS}[pool]
    return code.format(pool=pool, port=port, options=options, tls=tls)


@pytest.mark.parametrize("pool", [*POOLS, *NULL_POOLS])
def test_each_restore_has_a_connection_of_its_own(installed, server, pool):
    with Snapshot(code_for(pool, server.port), installed, "psycopg") as snapshot:
        server.wait_for_the_end_of(snapshot.told)
        copies = snapshot.restore()
        assert len(set(copies)) == 3
        assert snapshot.told not in copies
        assert pool in NULL_POOLS or set(copies) <= server.backends()


@pytest.mark.parametrize("pool", POOLS)
def test_without_the_plugin_all_restores_share_one(installed, server, pool):
    code = code_for(pool, server.port)
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.told in server.backends()
        assert snapshot.restore() == [snapshot.told] * 3


@pytest.mark.parametrize("pool", [*POOLS, *NULL_POOLS])
def test_the_first_use_succeeds_after_the_server_was_killed_and_started_again(
    installed, server, pool
):
    with Snapshot(code_for(pool, server.port), installed, "psycopg") as snapshot:
        server.restart()
        assert len(set(map(int, snapshot.restore()))) == 3


@pytest.mark.parametrize("pool", POOLS)
def test_no_restore_resumes_a_tls_session(installed, server, pool):
    listener = GreetingListener(server.port)
    with Snapshot(code_for(pool, listener.port, "require"), installed, "psycopg") as snapshot:
        copies = snapshot.restore()
        assert len({*copies, snapshot.told}) == 4
    listener.close()
    assert listener.resumed == [False] * 4


def test_without_the_plugin_a_tls_session_breaks_in_the_second_restore(installed, server):
    code = code_for("ConnectionPool", server.port, "require")
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        first, second, _ = snapshot.restore()
        assert first == snapshot.told
        assert "SSL error" in second


BARE = """
import psycopg, warnings
warnings.simplefilter("ignore")
connection = psycopg.connect(
    "host=127.0.0.1 port={port} user=tester dbname=postgres sslmode=disable"
)
def work():
    return connection.execute("SELECT pg_backend_pid()").fetchone()[0]
told = work()
"""


def test_a_connection_outside_of_pools_stays_closed(installed, server):
    with Snapshot(BARE.format(port=server.port), installed, "psycopg") as snapshot:
        server.wait_for_the_end_of(snapshot.told)
        assert snapshot.restore() == ["OperationalError: the connection is closed"] * 3


def test_without_the_plugin_all_restores_share_a_connection_outside_of_pools(installed, server):
    code = BARE.format(port=server.port)
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.restore() == [snapshot.told] * 3


START = """
import asyncio
import logging
import sys
import threading
import warnings
import psycopg
import psycopg_pool
from psycopg_pool import AsyncConnectionPool, ConnectionPool, NullConnectionPool
logging.disable()
URL = "host=127.0.0.1 port={port} user=tester password=secret dbname=postgres"
PID = "SELECT pg_backend_pid()"

def before_snapshot():
    import snapshot_restore_py
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        snapshot_restore_py.run_before_snapshot()
    return [str(warning.message) for warning in caught]

def after_restore():
    import snapshot_restore_py
    snapshot_restore_py.run_after_restore()

def pid_of(connection):
    return connection.execute(PID).fetchone()[0]

def threads():
    return sorted(thread.name for thread in threading.enumerate() if "pool" in thread.name)

"""


def run_with(code, installed, port=0, plugins="psycopg"):
    return run(START.format(port=port) + code, installed, plugins)


def test_a_connection_outside_of_pools_is_named(installed, server):
    code = """
async def connect():
    return await psycopg.AsyncConnection.connect(URL)
database = psycopg.connect(URL)
passing = [asyncio.run(connect())]
pids = [connection.info.backend_pid for connection in (database, *passing)]
tell([pids, sorted(before_snapshot()), database.closed, passing[0].closed])
"""
    pids, (first, second), *closed = run_with(code, installed, server.port)
    place = f"[IDLE] (host=127.0.0.1 port={server.port} user=tester database=postgres) at 0x"
    assert first.startswith(f"<psycopg.AsyncConnection {place}")
    assert second.startswith(f"<psycopg.Connection {place}")
    assert "> was closed for the snapshot. It belongs to no pool and stays closed" in first
    assert "> __main__.database was closed for the snapshot. It belongs to no pool" in second
    assert "secret" not in first + second
    assert closed == [True, True]
    for pid in pids:
        server.wait_for_the_end_of(pid)


def test_a_pools_threads_rest_and_start_again(installed, server):
    code = """
pools = [ConnectionPool(URL, open=True, name="pool-a"), NullConnectionPool(URL, open=True)]
for pool in pools:
    pool.wait()
counts = [len(threads())]
before = pools[0].get_stats()["pool_size"]
messages = before_snapshot()
counts.append(len(threads()))
sys.modules["snapshot_restore_psycopg"].before_snapshot()  # a second time
after_restore()
after_restore()
counts.append(len(threads()))
with pools[0].connection() as one, pools[1].connection() as other:
    works = pid_of(one) != pid_of(other)
same = pools[0].get_stats()["pool_size"] == before
for pool in pools:
    pool.close()
tell([counts, messages, works, same])
"""
    counts, messages, works, same = run_with(code, installed, server.port)
    assert counts == [8, 0, 8]
    assert messages == []
    assert works
    assert same


def test_a_pool_has_as_many_connections_again_and_what_waited_to_be_done_is_done(installed, server):
    code = """
may_connect = threading.Event()
may_connect.set()
def configure(connection):
    assert may_connect.wait(60)
pool = ConnectionPool(URL, min_size=3, open=True, num_workers=1, configure=configure)
pool.wait()
before = {pid_of(connection) for connection in list(pool._pool)}
may_connect.clear()
pool.resize(4)  # the only worker is busy with it
threading.Timer(0, may_connect.set).start()
messages = before_snapshot()
idle = len(pool._pool)
after_restore()
pool.resize(5)
borrowed = [pool.getconn() for _ in range(5)]
after = {connection.info.backend_pid for connection in borrowed}
for connection in borrowed:
    pool.putconn(connection)
pool.close()
tell([messages, idle, len(before & after), len(after)])
"""
    assert run_with(code, installed, server.port) == [[], 0, 0, 5]


def test_a_connection_that_a_pool_has_lent_out_is_named_and_replaced(installed, server):
    code = """
pool = ConnectionPool(URL, min_size=1, max_size=1, name="lender", open=True)
with pool.connection() as lent:
    before = pid_of(lent)
    messages = before_snapshot()
    after_restore()
with pool.connection() as connection:
    after = pid_of(connection)
pool.close()
tell([before, messages, after])
"""
    before, (message,), after = run_with(code, installed, server.port)
    assert "> __main__.lent was closed for the snapshot. It is lent out by the pool 'lender'" in (
        message.replace("\n", "")
    )
    assert before != after


def test_an_async_pool_goes_on_while_its_loop_runs(installed, server):
    code = """
async def pid():
    async with pool.connection() as connection:
        return (await (await connection.execute(PID)).fetchone())[0]
async def use():
    global pool
    async with AsyncConnectionPool(URL, min_size=1, max_size=1, open=False) as pool:
        before = await pid()
        messages = before_snapshot()
        after_restore()
        return before, messages, await pid()
before, messages, after = asyncio.run(use())
tell([before, messages, after])
"""
    before, messages, after = run_with(code, installed, server.port)
    assert messages == []
    assert before != after


def test_an_async_pool_goes_on_in_a_loop_of_another_thread(installed, server):
    code = """
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
def do(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)
async def start():
    pool = AsyncConnectionPool(URL, min_size=1, max_size=1, open=False)
    await pool.open(wait=True)
    return pool
async def pid():
    async with pool.connection() as connection:
        return (await (await connection.execute(PID)).fetchone())[0]
pool = do(start())
before = do(pid())
messages = before_snapshot()
after_restore()
after = do(pid())
do(pool.close())
tell([before, messages, after])
"""
    before, messages, after = run_with(code, installed, server.port)
    assert messages == []
    assert before != after


def test_a_connection_that_is_just_being_made_is_broken_off(installed, server):
    code = """
from psycopg.generators import connect
half_made = connect(URL)
next(half_made)
messages = before_snapshot()
try:
    while True:
        half_made.send(psycopg.waiting.Ready.RW)
except psycopg.OperationalError as error:
    tell([messages, type(error).__name__])
"""
    assert run_with(code, installed, server.port) == [[], "OperationalError"]


def test_closed_and_half_constructed_objects_are_left_alone(installed, server):
    code = """
kinds = [psycopg.Connection, psycopg.AsyncConnection, ConnectionPool, AsyncConnectionPool]
half = [kind.__new__(kind) for kind in kinds]
from sqlalchemy.pool.base import _ConnectionFairy, _ConnectionRecord
half += [_ConnectionFairy.__new__(_ConnectionFairy), _ConnectionRecord.__new__(_ConnectionRecord)]
closed = psycopg.connect(URL)
closed.close()
pools = [ConnectionPool(URL, open=True) for _ in range(3)]
unopened = ConnectionPool(URL, open=False)
pools[0].close()
pools[0]._pool.append(psycopg.connect(URL))  # as a worker that comes too late
async def use():
    pool = AsyncConnectionPool(URL, min_size=1, open=False)
    await pool.open(wait=True)
    return pool
abandoned = asyncio.run(use())
messages = before_snapshot()
pools[1].close()
after_restore()
with pools[2].connection() as connection:
    works = pid_of(connection) > 0
pools[2].close()
tell([messages, works, len(abandoned._pool)])
"""
    assert run_with(code, installed, server.port) == [[], True, 0]


def test_one_that_fails_is_named_and_the_others_are_closed(installed, server):
    code = """
import snapshot_restore_py
from snapshot_restore_py.live_objects import CleanUpError
import snapshot_restore_psycopg.connections

class Stuck(psycopg.Connection):
    def __setattr__(self, name, value):
        if name == "_closed" and value:
            raise OSError("stuck")
        super().__setattr__(name, value)

snapshot_restore_psycopg.connections._PATIENCE = 0.1
go_on = threading.Event()
def configure(connection):
    go_on.wait()
busy = ConnectionPool(URL, open=True, min_size=1, num_workers=1, name="busy", configure=configure)
stuck, other = Stuck.connect(URL), psycopg.connect(URL)
pool = ConnectionPool(URL, open=True, min_size=1)
pool.wait()
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        snapshot_restore_py.run_before_snapshot()
except CleanUpError as error:
    told = [f"{name}: {error}" for name, error in error.failures]
go_on.set()
after_restore()
result = [told, stuck.closed, other.closed]
with busy.connection() as connection:
    result.append(pid_of(connection) > 0)
for one in (pool, busy):
    one.close()
stuck.pgconn.finish()
tell(result)
"""
    (busy, stuck), *result = run_with(code, installed, server.port)
    assert "ConnectionPool 'busy'" in busy
    assert "after 0 seconds busy-worker-0 did not come to rest" in busy
    assert "Stuck [IDLE]" in stuck
    assert stuck.endswith(": stuck")
    assert result == [False, True, True]


BESIDE_SQLALCHEMY = """
import contextlib
from sqlalchemy import create_engine, text
engine = create_engine(f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres")
used = engine.connect()
with engine.connect() as connection:
    before = {{used.scalar(text(PID)), connection.scalar(text(PID))}}
messages = before_snapshot()
after_restore()
tried = []
for _ in range(3):
    try:
        with engine.connect() as connection:
            tried.append(connection.scalar(text(PID)) in before)
    except Exception as error:
        tried.append(type(error).__name__)
with contextlib.suppress(Exception):
    used.close()
engine.dispose()
tell([sorted(before), messages, tried])
"""


@pytest.mark.parametrize("plugins", ["psycopg,sqlalchemy", "sqlalchemy,psycopg", "sqlalchemy"])
def test_sqlalchemys_connections_are_left_to_its_plugin_whatever_comes_first(
    installed, server, plugins
):
    code = BESIDE_SQLALCHEMY.format(port=server.port)
    before, (message,), tried = run_with(code, installed, server.port, plugins)
    assert "held by Connection __main__.used" in message
    assert tried == [False] * 3
    for pid in before:
        server.wait_for_the_end_of(pid)


def test_sqlalchemys_connections_are_closed_and_named_without_its_plugin(installed, server):
    code = BESIDE_SQLALCHEMY.format(port=server.port)
    before, messages, tried = run_with(code, installed, server.port)
    assert ["needs snapshot-restore-sqlalchemy" in message for message in messages] == [True] * 2
    assert tried == ["OperationalError", False, False]
    for pid in before:
        server.wait_for_the_end_of(pid)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Python 3.9 has no psycopg_pool 3.3")
@pytest.mark.parametrize("plugins", ["psycopg,sqlalchemy", "sqlalchemy,psycopg"])
def test_a_pool_below_sqlalchemy_has_room_again_with_close_returns(installed, server, plugins):
    code = """
from sqlalchemy import NullPool, create_engine, text
pool = ConnectionPool(URL, min_size=1, max_size=1, open=True, close_returns=True)
engine = create_engine("postgresql+psycopg://", poolclass=NullPool, creator=pool.getconn)
used = engine.connect()
before = used.scalar(text(PID))
messages = before_snapshot()
idle = len(pool._pool)
after_restore()
used.close()
with engine.connect() as connection:
    after = connection.scalar(text(PID))
pool.close()
tell([before, messages, idle, after])
"""
    before, (message,), idle, after = run_with(code, installed, server.port, plugins)
    assert "held by Connection __main__.used" in message
    assert idle == 0
    assert before != after
    server.wait_for_the_end_of(before)


def test_django_connects_anew_without_a_word(installed, server):
    code = django_users.on_postgresql(server.port)
    with Snapshot(code, installed, "psycopg") as snapshot:
        assert len({snapshot.told, *snapshot.restore()}) == 4
    assert snapshot.stderr == ""
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.restore() == [snapshot.told] * 3


def test_djangos_connection_in_a_transaction_is_closed_and_named(installed, server):
    code = django_users.on_postgresql(server.port) + django_users.IN_TRANSACTION
    with Snapshot(code, installed, "psycopg") as snapshot:
        assert not any(isinstance(copy, int) for copy in snapshot.restore())
    assert "was closed for the snapshot" in snapshot.stderr


def test_it_does_not_import_psycopg(installed):
    assert imported_without_use(installed, "psycopg", "psycopg", "psycopg_pool") == []
