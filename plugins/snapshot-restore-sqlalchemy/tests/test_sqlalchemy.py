"""The plugin, installed with pip, with a real PostgreSQL server, and with SQLite."""

from __future__ import annotations

import sys

import pytest

from tests.servers.postgresql import PostgreSQLServer
from tests.servers.tls_greetings import GreetingListener
from tests.snapshots import Snapshot, imported_without_use, installed_once, run


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin."""
    return installed_once(tmp_path_factory.getbasetemp(), "snapshot-restore-sqlalchemy")


@pytest.fixture(scope="session")
def server():
    server = PostgreSQLServer()
    yield server
    server.stop()


# work() returns the process id of the server's backend, as the connection tells it.
SYNC = """
import sqlalchemy, sqlalchemy.pool
class Custom(sqlalchemy.pool.QueuePool):
    pass
engine = sqlalchemy.create_engine(
    "postgresql+psycopg://tester@127.0.0.1:{port}/postgres?sslmode={tls}", {options}
)
def work():
    for number in range(20):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"SELECT {{number}}").scalar() == number
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
told = work()
"""
ASYNC = """
import asyncio, sqlalchemy.pool
from sqlalchemy.ext.asyncio import create_async_engine
engine = create_async_engine(
    "postgresql+{driver}://tester@127.0.0.1:{port}/postgres?{sslmode}={tls}", {options}
)
async def use():
    for number in range(20):
        async with engine.connect() as connection:
            answer = await connection.exec_driver_sql(f"SELECT {{number}}")
            assert answer.scalar() == number
    async with engine.connect() as connection:
        return (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar()
def work():
    return asyncio.run(use())
told = work()
"""
SYNC_POOLS = {
    "the default": "",
    "QueuePool": "poolclass=sqlalchemy.pool.QueuePool, pool_size=1, max_overflow=0",
    "StaticPool": "poolclass=sqlalchemy.pool.StaticPool",
    "SingletonThreadPool": "poolclass=sqlalchemy.pool.SingletonThreadPool",
    "AssertionPool": "poolclass=sqlalchemy.pool.AssertionPool",
    "a custom class": "poolclass=Custom",
}
ASYNC_POOLS = {
    "the default": "",
    "AsyncAdaptedQueuePool": "poolclass=sqlalchemy.pool.AsyncAdaptedQueuePool, pool_size=1",
    "StaticPool": "poolclass=sqlalchemy.pool.StaticPool",
}
SYNC_ENGINES = {name: (SYNC, "psycopg", options) for name, options in SYNC_POOLS.items()}
ASYNC_ENGINES = {
    f"{driver}, {name}": (ASYNC, driver, options)
    for driver in ("psycopg", "asyncpg")
    for name, options in ASYNC_POOLS.items()
}
NULL = "poolclass=sqlalchemy.pool.NullPool"
ENGINES = {
    **SYNC_ENGINES,
    **ASYNC_ENGINES,
    "NullPool": (SYNC, "psycopg", NULL),
    "asyncpg, NullPool": (ASYNC, "asyncpg", NULL),
}


def code_for(engine, port, tls="disable"):
    code, driver, options = ENGINES[engine]
    sslmode = "ssl" if driver == "asyncpg" else "sslmode"
    return code.format(driver=driver, port=port, options=options, sslmode=sslmode, tls=tls)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_restore_has_a_connection_of_its_own(installed, server, engine):
    with Snapshot(code_for(engine, server.port), installed, "sqlalchemy") as snapshot:
        server.wait_for_the_end_of(snapshot.told)
        copies = snapshot.restore()
        assert len(set(copies)) == 3
        assert snapshot.told not in copies
        assert engine not in SYNC_ENGINES or set(copies) <= server.backends()


@pytest.mark.parametrize("engine", SYNC_ENGINES)
def test_without_the_plugin_all_restores_share_one(installed, server, engine):
    code = code_for(engine, server.port)
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.told in server.backends()
        assert snapshot.restore() == [snapshot.told] * 3


@pytest.mark.parametrize("engine", ASYNC_ENGINES)
def test_without_the_plugin_an_async_engine_keeps_its_connection(installed, server, engine):
    code = code_for(engine, server.port)
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.told in server.backends()
        copies = snapshot.restore()
        assert snapshot.told in copies or any(isinstance(copy, str) for copy in copies)


@pytest.mark.parametrize(
    "engine",
    ["the default", "StaticPool", "NullPool", "psycopg, the default", "asyncpg, the default"],
)
def test_the_first_use_succeeds_after_the_server_was_killed_and_started_again(
    installed, server, engine
):
    with Snapshot(code_for(engine, server.port), installed, "sqlalchemy") as snapshot:
        server.restart()
        assert len(set(map(int, snapshot.restore()))) == 3


@pytest.mark.parametrize("engine", ["the default", "psycopg, the default", "asyncpg, the default"])
def test_no_restore_resumes_a_tls_session(installed, server, engine):
    listener = GreetingListener(server.port)
    with Snapshot(code_for(engine, listener.port, "require"), installed, "sqlalchemy") as snapshot:
        copies = snapshot.restore()
        assert len({*copies, snapshot.told}) == 4
    listener.close()
    assert listener.resumed == [False] * 4


def test_without_the_plugin_a_tls_session_breaks_in_the_second_restore(installed, server):
    code = code_for("the default", server.port, "require")
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        first, second, _ = snapshot.restore()
        assert first == snapshot.told
        assert "SSL error" in second


START = """
import asyncio
import sys
import warnings
import sqlalchemy
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session
PID = text("SELECT pg_backend_pid()")
URL = "postgresql+psycopg://tester:secret@127.0.0.1:{port}/postgres"

def close_all():
    import snapshot_restore_py
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        snapshot_restore_py.run_before_snapshot()
        snapshot_restore_py.run_after_restore()
    return [str(warning.message) for warning in caught]

"""


def run_with(code, installed, port=0, plugins="sqlalchemy"):
    return run(START.format(port=port) + code, installed, plugins)


ORDERS = """
from sqlalchemy.orm import declarative_base
class Order(declarative_base()):
    __tablename__ = "orders"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
Order.metadata.create_all(engine)
"""
USERS = {
    "Connection __main__.connection": """
connection = engine.connect()
before = connection.scalar(PID)
messages = close_all()
connection.rollback()
after = connection.scalar(PID)
connection.close()
""",
    "Session __main__.session": """
session = Session(engine)
order = Order(id=1)
session.add(order)
session.flush()
before = session.scalar(PID)
messages = close_all()
session.rollback()
after = session.scalar(PID)
session.close()
""",
    "_ConnectionFairy __main__.raw": """
raw = engine.raw_connection()
before = raw.cursor().execute("SELECT pg_backend_pid()").fetchone()[0]
messages = close_all()
assert not raw.is_valid
raw.close()
with engine.connect() as connection:
    after = connection.scalar(PID)
""",
    "_ConnectionFairy __main__.detached": """
detached = engine.raw_connection()
detached.detach()
before = detached.cursor().execute("SELECT pg_backend_pid()").fetchone()[0]
messages = close_all()
assert not detached.is_valid
with engine.connect() as connection:
    after = connection.scalar(PID)
""",
    "Connection at 0x": """
def use():
    with engine.connect() as inner:
        before = inner.scalar(PID)
        messages = close_all()
        inner.rollback()
        return before, messages, inner.scalar(PID)
before, messages, after = use()
""",
    "AsyncConnection __main__.connection": """
async def use():
    global connection
    engine = create_async_engine(URL)
    connection = await engine.connect()
    before = await connection.scalar(PID)
    messages = close_all()
    await connection.rollback()
    after = await connection.scalar(PID)
    await connection.close()
    await engine.dispose()
    return before, messages, after
before, messages, after = asyncio.run(use())
""",
    "AsyncSession __main__.session": """
from sqlalchemy.ext.asyncio import AsyncSession
async def use():
    global session
    engine = create_async_engine(URL)
    session = AsyncSession(engine)
    session.add(Order(id=1))
    before = await session.connection()
    before = await before.scalar(PID)
    messages = close_all()
    await session.rollback()
    after = await session.scalar(PID)
    await session.close()
    await engine.dispose()
    return before, messages, after
before, messages, after = asyncio.run(use())
""",
}


@pytest.mark.parametrize("user", USERS)
def test_a_connection_that_is_checked_out_is_named_closed_and_invalidated(installed, server, user):
    code = "engine = create_engine(URL, pool_size=1, max_overflow=0)\n"
    code += ORDERS + USERS[user] + "\nengine.dispose()\ntell([before, messages, after])"
    before, (message,), after = run_with(code, installed, server.port)
    place = f"postgresql+psycopg://tester:***@127.0.0.1:{server.port}/postgres"
    assert message.startswith(f"{place}: a connection is still checked out at the snapshot, held ")
    assert f"held by {user}" in message
    assert "secret" not in message
    server.wait_for_the_end_of(before)
    assert before != after


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_session_without_changes_works_on(installed, server, kind):
    code = """
engine = create_engine(URL)
with Session(engine) as session:
    before = session.scalar(PID)
    messages = close_all()
    tell([before, messages, session.scalar(PID)])
engine.dispose()
"""
    if kind == "async":
        code = """
from sqlalchemy.ext.asyncio import AsyncSession
async def use():
    engine = create_async_engine(URL)
    async with AsyncSession(engine) as session:
        before = await session.scalar(PID)
        messages = close_all()
        after = await session.scalar(PID)
    await engine.dispose()
    return [before, messages, after]
tell(asyncio.run(use()))
"""
    before, messages, after = run_with(code, installed, server.port)
    assert len(messages) == 1
    assert before != after


def test_a_transaction_that_was_cut_off_says_so_and_its_work_is_not_half_done(installed, server):
    code = """
engine = create_engine(URL)
with engine.begin() as connection:
    connection.execute(text("CREATE TABLE cut_off (number integer)"))
connection = engine.connect()
connection.execute(text("INSERT INTO cut_off VALUES (1)"))
messages = close_all()
try:
    connection.execute(text("INSERT INTO cut_off VALUES (2)"))
except sqlalchemy.exc.PendingRollbackError as error:
    told = type(error).__name__
connection.rollback()
tell([len(messages), told, connection.scalar(text("SELECT count(*) FROM cut_off"))])
connection.close()
engine.dispose()
"""
    assert run_with(code, installed, server.port) == [1, "PendingRollbackError", 0]


def test_an_engine_that_was_disposed_of_is_still_named(installed, server):
    code = """
engine = create_engine(URL + "?application_name=hidden")
connection = engine.connect()
engine.dispose()
import psycopg
without = sqlalchemy.pool.QueuePool(lambda: psycopg.connect(URL.replace("+psycopg", "")))
lonely = without.connect()
tell(sorted(close_all()))
"""
    first, second = run_with(code, installed, server.port)
    assert first.startswith("QueuePool without an engine: a connection is still checked out")
    assert second.startswith(f"postgresql+psycopg://tester:***@127.0.0.1:{server.port}/postgres: ")


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_an_async_engine_goes_on_in_the_event_loop_that_it_has(installed, server, driver):
    code = f"""
async def use():
    async with engine.connect() as connection:
        return await connection.scalar(PID)
loop = asyncio.new_event_loop()
engine = create_async_engine(URL.replace("psycopg", "{driver}"))
before = loop.run_until_complete(use())
messages = close_all()
after = loop.run_until_complete(use())
loop.run_until_complete(engine.dispose())
loop.close()
tell([before, messages, after])
"""
    before, messages, after = run_with(code, installed, server.port)
    assert messages == []
    assert before != after
    server.wait_for_the_end_of(before)


TWO_BINDS = """
first, second = create_engine(URL), create_engine(URL)
class Base(orm.DeclarativeBase): pass
class One(Base):
    __tablename__ = "one"
    number: orm.Mapped[int] = orm.mapped_column(primary_key=True)
class Two(Base):
    __tablename__ = "two"
    number: orm.Mapped[int] = orm.mapped_column(primary_key=True)
Base.metadata.create_all(first)
with Session(binds={One: first, Two: second}) as session:
    session.scalars(sqlalchemy.select(One)).all()
    session.scalars(sqlalchemy.select(Two)).all()
    messages = close_all()
    session.scalars(sqlalchemy.select(One)).all()
    session.scalars(sqlalchemy.select(Two)).all()
first.dispose(); second.dispose()
tell(messages)
"""


def test_a_session_over_two_databases_is_named_for_each_and_works_on(installed, server):
    messages = run_with("from sqlalchemy import orm\n" + TWO_BINDS, installed, server.port)
    assert len(messages) == 2
    assert all("held by Session __main__.session" in message for message in messages)


def test_what_was_flushed_in_a_savepoint_is_not_lost_silently(installed, server):
    code = """
from sqlalchemy import orm
engine = create_engine(URL)
class Base(orm.DeclarativeBase): pass
class Order(Base):
    __tablename__ = "savepoints"
    number: orm.Mapped[int] = orm.mapped_column(primary_key=True)
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.begin_nested()
    order = Order(number=1)
    session.add(order)
    session.flush()
    messages = close_all()
    try:
        session.commit()
    except sqlalchemy.exc.SQLAlchemyError as error:
        messages.append(type(error).__name__)
engine.dispose()
tell(messages)
"""
    message, error = run_with(code, installed, server.port)
    assert "held by Session __main__.session" in message
    assert error == "PendingRollbackError"


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_a_query_of_another_thread_does_not_hold_up_the_snapshot(installed, server, driver):
    code = f"""
import threading
engine = create_engine(URL.replace("+psycopg:", "+{driver}:"))
failed = []
def use():
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_sleep(100)"))
    except sqlalchemy.exc.SQLAlchemyError as error:
        failed.append(type(error).__name__)
thread = threading.Thread(target=use)
thread.start()
other = create_engine(URL)
with other.connect() as connection:
    connection = connection.execution_options(isolation_level="AUTOCOMMIT")
    question = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(100)'"
    while not connection.scalar(text(question)):
        pass
other.dispose()
messages = close_all()
thread.join()
with engine.connect() as connection:
    connection.scalar(PID)
engine.dispose()
tell([len(messages), failed])
"""
    assert run_with(code, installed, server.port) == [1, ["OperationalError"]]


IN_MEMORY = {
    "the default pool": "'sqlite://'",
    "StaticPool": "'sqlite://', poolclass=sqlalchemy.pool.StaticPool",
    "SingletonThreadPool": "'sqlite:///:memory:', poolclass=sqlalchemy.pool.SingletonThreadPool",
    "a shared cache": "'sqlite:///file:name?mode=memory&cache=shared&uri=true', "
    "poolclass=sqlalchemy.pool.QueuePool",
    "DuckDB": "'duckdb://', poolclass=sqlalchemy.pool.StaticPool",
    "a creator": "'sqlite:///x', creator=lambda: sqlite3.connect(':memory:'), "
    "poolclass=sqlalchemy.pool.StaticPool",
}
if sys.version_info < (3, 15):  # pysqlite3 is not built for newer ones yet.
    IN_MEMORY["pysqlite3"] = "'sqlite://', module=pysqlite3.dbapi2"


@pytest.mark.parametrize("pool", IN_MEMORY)
def test_a_database_in_memory_keeps_its_data(installed, pool):
    code = f"""
import sqlite3
if {pool!r} == "pysqlite3":
    import pysqlite3
warnings.simplefilter("ignore")
engine = create_engine({IN_MEMORY[pool]})
with engine.begin() as connection:
    connection.execute(text("CREATE TABLE kept (number integer)"))
    connection.execute(text("INSERT INTO kept VALUES (7)"))
used = engine.connect()
used.scalar(text("SELECT number FROM kept"))
messages = close_all()
used.close()
with engine.connect() as connection:
    tell([messages, connection.scalar(text("SELECT number FROM kept"))])
"""
    assert run_with(code, installed) == [[], 7]


def test_a_database_in_memory_of_an_async_engine_keeps_its_data(installed):
    code = """
async def use():
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=sqlalchemy.pool.StaticPool)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE kept (number integer)"))
        await connection.execute(text("INSERT INTO kept VALUES (7)"))
    messages = close_all()
    async with engine.connect() as connection:
        number = await connection.scalar(text("SELECT number FROM kept"))
    await engine.dispose()
    return [messages, number]
tell(asyncio.run(use()))
"""
    assert run_with(code, installed) == [[], 7]


def test_a_database_in_memory_of_another_thread_keeps_its_data(installed):
    code = """
import threading
go_on, done, numbers = threading.Event(), threading.Event(), []
def use():
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (number integer)"))
        connection.execute(text("INSERT INTO kept VALUES (7)"))
    done.set()
    go_on.wait()
    with engine.connect() as connection:
        numbers.append(connection.scalar(text("SELECT number FROM kept")))
engine = create_engine("sqlite://")
thread = threading.Thread(target=use, daemon=True)
thread.start()
done.wait()
messages = close_all()
go_on.set()
thread.join()
tell([messages, numbers])
"""
    assert run_with(code, installed) == [[], [7]]


def test_a_database_in_a_file_is_closed(installed, tmp_path):
    code = f"""
engine = create_engine("sqlite:///{tmp_path}/file.db", poolclass=sqlalchemy.pool.QueuePool)
closed = []
sqlalchemy.event.listen(engine, "close", lambda connection, record: closed.append(1))
with engine.begin() as connection:
    raw = connection.connection.driver_connection
    connection.execute(text("CREATE TABLE kept (number integer)"))
    connection.execute(text("CREATE TEMPORARY TABLE passing (number integer)"))
messages = close_all()
try:
    raw.execute("SELECT 1")
except Exception as error:
    told = str(error)
with engine.connect() as connection:
    again = connection.scalar(text("SELECT count(*) FROM kept"))
tell([messages, closed, told, again])
"""
    assert run_with(code, installed) == [[], [1], "Cannot operate on a closed database.", 0]


def test_listeners_learn_of_what_is_closed(installed, server):
    code = """
engine = create_engine(URL)
events = []
for name in ("invalidate", "close", "checkin", "close_detached"):
    def listener(*arguments, name=name):
        events.append(name)
    sqlalchemy.event.listen(engine, name, listener)
connection, detached = engine.connect(), engine.connect()
detached.detach()
close_all()
tell(sorted(events))
"""
    expected = ["checkin", "close", "close_detached", "invalidate"]
    assert run_with(code, installed, server.port) == expected


def test_a_connection_that_is_checked_out_twice_is_closed_once(installed, server):
    code = """
engine = create_engine(URL, poolclass=sqlalchemy.pool.StaticPool)
events = []
sqlalchemy.event.listen(engine, "close", lambda *arguments: events.append("close"))
one, other = engine.connect(), engine.connect()
before = one.scalar(PID)
messages = close_all()
one.rollback()
other.rollback()
tell([events, len(messages), before in (one.scalar(PID), other.scalar(PID))])
one.close()
other.close()
engine.dispose()
"""
    assert run_with(code, installed, server.port) == [["close"], 2, False]


def test_closed_and_half_constructed_objects_are_left_alone(installed, server):
    code = """
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm.session import SessionTransaction
from sqlalchemy.pool.base import _ConnectionFairy, _ConnectionRecord
kinds = [Connection, Engine, AsyncConnection, AsyncSession, Session, SessionTransaction]
kinds += [_ConnectionFairy, _ConnectionRecord, sqlalchemy.pool.QueuePool]
half = [kind.__new__(kind) for kind in kinds]
unused = create_engine(URL)
engine = create_engine(URL)
closed, used = engine.connect(), engine.connect()
closed.close()
messages = close_all()
sys.modules["snapshot_restore_sqlalchemy"].before_snapshot()  # a second time
with engine.connect() as connection:
    tell([len(messages), connection.scalar(PID) > 0])
engine.dispose()
"""
    assert run_with(code, installed, server.port) == [1, True]


STUCK = """
import snapshot_restore_py
from snapshot_restore_py.live_objects import CleanUpError

class Stuck:
    def close(self):
        raise OSError("stuck")
    def rollback(self):
        pass
    def __repr__(self):
        return "<the stuck one>"

def pids():
    found = []
    for engine in engines:
        with engine.connect() as connection:
            found.append(connection.scalar(PID))
    return found

engines = [create_engine(URL), create_engine(URL)]
stuck = sqlalchemy.pool.QueuePool(Stuck)
stuck.connect().close()
{more}
before = pids()
try:
    snapshot_restore_py.run_before_snapshot()
except CleanUpError as error:
    told = [f"{{name}}: {{error!r}}" for name, error in error.failures]
stuck.connect().close()
tell([told, bool(set(before) & set(pids()))])
"""


def test_one_that_cannot_be_closed_is_named_and_the_others_are_closed(installed, server):
    code = STUCK.format(more="")
    told, same = run_with(code, installed, server.port)
    assert told == ["QueuePool without an engine: <the stuck one>: OSError('stuck')"]
    assert not same


def test_a_listener_that_fails_is_told_and_the_connection_is_closed_all_the_same(installed, server):
    more = """
def fail(*arguments):
    raise OSError("listener")
failing = create_engine(URL)
with failing.connect() as connection:
    pid = connection.scalar(PID)
sqlalchemy.event.listen(failing, "close", fail)
"""
    told, same = run_with(STUCK.format(more=more), installed, server.port)
    assert sorted(told)[1].startswith("postgresql+psycopg://tester:***@127.0.0.1")
    assert sorted(told)[1].endswith("OSError('listener')")
    assert not same


def test_an_async_driver_that_nobody_knows_is_terminated_or_named(installed, server):
    more = """
import gc
from sqlalchemy.engine.default import DefaultDialect
terminated = []
class Unknown(DefaultDialect):
    is_async = True
    def do_terminate(self, connection):
        terminated.append(connection)
class Known(Unknown):
    has_terminate = True
pools = [sqlalchemy.pool.AsyncAdaptedQueuePool(Stuck, dialect=Unknown())]
pools.append(sqlalchemy.pool.AsyncAdaptedQueuePool(Stuck, dialect=Known()))
for pool in pools:
    pool.connect().close()
stuck = pools[1]
gc.collect()  # the other stuck one
"""
    told, same = run_with(STUCK.format(more=more), installed, server.port)
    (message,) = told
    assert "AsyncAdaptedQueuePool without an engine: <the stuck one>" in message
    assert "await engine.dispose()" in message
    assert not same


def test_it_does_not_import_sqlalchemy(installed):
    assert imported_without_use(installed, "sqlalchemy", "sqlalchemy") == []
