"""The plugin, installed with pip, with a real PostgreSQL server."""

from __future__ import annotations

import pytest

from tests import django_users
from tests.servers.postgresql import PostgreSQLServer
from tests.snapshots import Snapshot, imported_without_use, installed_once, run


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin."""
    return installed_once(tmp_path_factory.getbasetemp(), "snapshot-restore-postgres")


@pytest.fixture(scope="session")
def server():
    server = PostgreSQLServer()
    yield server
    server.stop()


# work() returns the process id of the server's backend.
PSYCOPG2 = """
import psycopg2.pool
pool = psycopg2.pool.ThreadedConnectionPool(
    1, 2, host="127.0.0.1", port={port}, user="tester", dbname="postgres", sslmode="disable"
)
def work():
    connection = pool.getconn()
    with connection.cursor() as cursor:
        for number in range(20):
            cursor.execute("SELECT %s, pg_backend_pid()", (number,))
            answer, backend = cursor.fetchone()
            assert answer == number
    pool.putconn(connection)
    return backend
told = work()
"""
ASYNCPG = """
import asyncio, asyncpg, selectors
loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
async def start():
    return await asyncpg.create_pool(
        "postgres://tester@127.0.0.1:{port}/postgres?sslmode=disable", min_size=1, max_size=2
    )
pool = loop.run_until_complete(start())
async def use():
    async with pool.acquire() as connection:
        for number in range(20):
            assert await connection.fetchval("SELECT $1::int", number) == number
        return await connection.fetchval("SELECT pg_backend_pid()")
def work():
    return loop.run_until_complete(use())
told = work()
"""
POOLS = {"psycopg2": PSYCOPG2, "asyncpg": ASYNCPG}


@pytest.mark.parametrize("library", POOLS)
def test_each_restore_has_a_connection_of_its_own(installed, server, library):
    with Snapshot(POOLS[library].format(port=server.port), installed, "postgres") as snapshot:
        server.wait_for_the_end_of(snapshot.told)
        copies = snapshot.restore()
        assert len({*copies, snapshot.told}) == 4
        assert set(copies) <= server.backends()


@pytest.mark.parametrize("library", POOLS)
def test_without_the_plugin_all_restores_share_one(installed, server, library):
    code = POOLS[library].format(port=server.port)
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.restore() == [snapshot.told] * 3


START = """
import asyncio, threading, warnings
import asyncpg, psycopg2.pool
import snapshot_restore_py
PID = "SELECT pg_backend_pid()"
URL = "postgres://tester@127.0.0.1:{port}/postgres"
def close_all():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        snapshot_restore_py.run_before_snapshot()
        snapshot_restore_py.run_after_restore()
    return [str(warning.message) for warning in caught]
def pid(connection):
    with connection.cursor() as cursor:
        cursor.execute(PID)
        return cursor.fetchone()[0]
"""
IN_USE = {
    "a connection of psycopg2": """
connection = psycopg2.connect(URL)
before, messages = pid(connection), close_all()
assert connection.closed
""",
    "a connection that a pool of psycopg2 has lent out": """
pool = psycopg2.pool.SimpleConnectionPool(1, 1, URL)
connection = pool.getconn()
before, messages = pid(connection), close_all()
pool.putconn(connection)
again = pool.getconn()
assert pid(again) != before
""",
    "a connection of asyncpg": """
async def use():
    global connection, messages
    connection = await asyncpg.connect(URL)
    before, messages = await connection.fetchval(PID), await asyncio.to_thread(close_all)
    await asyncio.sleep(0)
    assert connection.is_closed()
    return before
before = asyncio.run(use())
""",
    "a connection of asyncpg whose loop rests": """
loop = asyncio.new_event_loop()
connection = loop.run_until_complete(asyncpg.connect(URL))
before, messages = loop.run_until_complete(connection.fetchval(PID)), close_all()
assert connection.is_closed()
loop.run_until_complete(asyncio.sleep(0))
loop.close()
""",
    "a connection of asyncpg whose loop is closed": """
loop = asyncio.new_event_loop()
connection = loop.run_until_complete(asyncpg.connect(URL + "?sslmode=disable"))
before = loop.run_until_complete(connection.fetchval(PID))
loop.close()
messages = close_all()
connection._transport._sock = None  # Or its __del__ complains that the loop was closed first.
""",
}


def run_with(code, installed, server):
    return run(START.format(port=server.port) + code, installed, "postgres")


@pytest.mark.parametrize("user", IN_USE)
def test_a_connection_that_no_pool_has_is_closed_and_named(installed, server, user):
    code = IN_USE[user]
    if "to_thread" in code:
        code = code.replace(
            "asyncio.to_thread(close_all)",
            "asyncio.get_running_loop().run_in_executor(None, close_all)",
        )
    before, messages = run_with(code + "\ntell([before, messages])", installed, server)
    assert len(messages) == 1
    assert "__main__.connection was closed for the snapshot" in messages[0]
    server.wait_for_the_end_of(before)


ASYNCPG_POOL = """
async def start():
    place = {{"user": "tester", "host": "127.0.0.1", "port": {port}, "database": "postgres"}}
    return await asyncpg.create_pool(**place, min_size=2)
"""


def test_a_pool_whose_loop_runs_is_not_full_again_at_the_snapshot(installed, server):
    code = """
import asyncio, threading
import asyncpg
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
def wait(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)
"""
    code += ASYNCPG_POOL.format(port=server.port)
    code += """
pool = wait(start())
async def size():
    return pool.get_size()
async def ask():
    return await pool.fetchval("SELECT 7")
def work():
    return [wait(size()), wait(ask())]
"""
    with Snapshot(code, installed, "postgres") as snapshot:
        assert snapshot.resume() == [0, 7]


def test_a_pool_whose_loop_is_closed_is_emptied_without_a_word(installed, server):
    code = ASYNCPG_POOL.format(port=server.port) + "pool = asyncio.run(start())\n"
    assert run_with(code + "tell(close_all())", installed, server) == []


def test_a_query_of_another_thread_does_not_hold_up_the_snapshot(installed, server):
    code = """
connection = psycopg2.connect(URL)
before, failed = pid(connection), []
def use():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(100)")
    except psycopg2.Error as error:
        failed.append(type(error).__name__)
thread = threading.Thread(target=use)
thread.start()
other = psycopg2.connect(URL)
other.autocommit = True
with other.cursor() as cursor:
    cursor.execute("SELECT 0")
    while not cursor.fetchone()[0]:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(100)'")
other.close()
messages = close_all()
thread.join()
tell([len(messages), len(failed)])
"""
    assert run_with(code, installed, server) == [1, 1]


def test_closed_and_half_constructed_objects_and_those_of_sqlalchemy_are_left_alone(
    installed, server
):
    code = """
import sqlalchemy
from asyncpg.connection import Connection
from asyncpg.pool import PoolConnectionHolder
engine = sqlalchemy.create_engine(URL.replace("postgres:", "postgresql+psycopg2:"))
with engine.connect() as used:
    before = used.exec_driver_sql(PID).scalar()
kinds = [PoolConnectionHolder, Connection, psycopg2.pool.SimpleConnectionPool]
kinds += [sqlalchemy.pool.base._ConnectionFairy]
half = [kind.__new__(kind) for kind in kinds]
pool = psycopg2.pool.SimpleConnectionPool(2, 2, URL)
pool.closeall()
broken = psycopg2.pool.SimpleConnectionPool(1, 1, URL)
broken._pool[0].close()
async def use():
    connection = await asyncpg.connect(URL)
    await connection.close()
    return connection
closed = asyncio.run(use())
messages = close_all()
with engine.connect() as used:
    same = used.exec_driver_sql(PID).scalar() == before
engine.dispose()
half[1]._aborted, half[1]._protocol = True, None  # Or its __del__ fails.
tell([messages, same])
"""
    assert run_with(code, installed, server) == [[], True]


def django(port):
    # Django prefers it.
    return 'import sys; sys.modules["psycopg"] = None' + django_users.on_postgresql(port)


def test_django_connects_anew_without_a_word(installed, server):
    code = django(server.port)
    with Snapshot(code, installed, "postgres") as snapshot:
        assert len({snapshot.told, *snapshot.restore()}) == 4
    assert snapshot.stderr == ""
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.restore() == [snapshot.told] * 3


def test_djangos_connection_in_a_transaction_is_closed_and_named(installed, server):
    code = django(server.port) + django_users.IN_TRANSACTION
    with Snapshot(code, installed, "postgres") as snapshot:
        assert not any(isinstance(copy, int) for copy in snapshot.restore())
    assert "was closed for the snapshot" in snapshot.stderr


def test_it_imports_neither_library(installed):
    assert imported_without_use(installed, "postgres", "psycopg2", "asyncpg") == []
