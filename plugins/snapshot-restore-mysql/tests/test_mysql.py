"""The plugin, installed with pip, with a real MariaDB server."""

from __future__ import annotations

import textwrap
from importlib.util import find_spec

import mysql.connector
import pytest

from tests import django_users
from tests.servers.mariadb import MariaDBServer
from tests.snapshots import Snapshot, imported_without_use, installed_once, run

# Not every Python and every version has these. `.ci/test_plugins` runs those that are missing here.
HAS_C = mysql.connector.HAVE_CEXT
HAS = {
    "mysqlclient": find_spec("MySQLdb"),
    "asyncmy": find_spec("asyncmy"),
    "mysql-connector, async": find_spec("mysql.connector.aio"),
    "in C": HAS_C,
}


def available(cases):
    """Return the cases without those of libraries that are not there."""
    missing = [name for name, is_there in HAS.items() if not is_there]
    return [case for case in cases if not any(name in case for name in missing)]


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin."""
    return installed_once(tmp_path_factory.getbasetemp(), "snapshot-restore-mysql")


@pytest.fixture(scope="session")
def server():
    server = MariaDBServer()
    yield server
    server.stop()


# work() returns the id of the connection at the server.
START = """
import warnings
warnings.simplefilter("ignore", RuntimeWarning)
PLACE = dict(host="127.0.0.1", port={port}, user="tester")
QUESTION = "SELECT %s + 0, CONNECTION_ID()"
def use(connection):
    cursor = connection.cursor()
    for one in range(20):
        cursor.execute(QUESTION, (one,))
        answer, identifier = cursor.fetchone()
        assert int(answer) == one
    cursor.close()
    return identifier
"""
PYMYSQL = """
import pymysql
connection = pymysql.connect(**PLACE, database="shop")
def work():
    return use(connection)
told = work()
"""
MYSQLCLIENT = """
import MySQLdb
connection = MySQLdb.connect(**PLACE)
def work():
    global connection
    if not connection.open:
        connection = MySQLdb.connect(**PLACE)
    return use(connection)
told = work()
"""
CONNECTOR = """
import mysql.connector
connection = mysql.connector.connect(**PLACE, use_pure={pure})
def work():
    if number:
        connection.reconnect()
    return use(connection)
number = 0
told = work()
"""
CONNECTOR_POOL = """
import mysql.connector.pooling
pool = mysql.connector.pooling.MySQLConnectionPool(1, **PLACE, use_pure={pure})
def work():
    connection = pool.get_connection()
    try:
        return use(connection)
    finally:
        connection.close()
told = work()
"""
ASYNC = """
import asyncio, selectors, {library}
loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
pool = loop.run_until_complete({library}.create_pool(1, 2, **PLACE))
async def ask():
    async with pool.acquire() as connection, connection.cursor() as cursor:
        for one in range(20):
            await cursor.execute(QUESTION, (one,))
            answer, identifier = await cursor.fetchone()
            assert int(answer) == one
        return identifier
def work():
    return loop.run_until_complete(ask())
told = work()
"""
LIBRARIES = {
    "pymysql": PYMYSQL,
    "mysqlclient": MYSQLCLIENT,
    "mysql-connector in Python": CONNECTOR.replace("{pure}", "True"),
    "mysql-connector in C": CONNECTOR.replace("{pure}", "False"),
    "a pool of mysql-connector in Python": CONNECTOR_POOL.replace("{pure}", "True"),
    "a pool of mysql-connector in C": CONNECTOR_POOL.replace("{pure}", "False"),
    "a pool of aiomysql": ASYNC.replace("{library}", "aiomysql"),
    "a pool of asyncmy": ASYNC.replace("{library}", "asyncmy"),
}


@pytest.mark.parametrize("library", available(LIBRARIES))
def test_each_restore_has_a_connection_of_its_own(installed, server, library):
    code = START.format(port=server.port) + LIBRARIES[library]
    with Snapshot(code, installed, "mysql") as snapshot:
        server.wait_for_the_end_of(snapshot.told)
        copies = snapshot.restore()
        assert len({*copies, snapshot.told}) == 4
        assert set(copies) <= server.connections()


# Over TLS the copies would disturb each other before they are told whose connection it is.
@pytest.mark.parametrize(
    ("library", "plainly"),
    [("pymysql", "PLACE['ssl_disabled'] = True"), ("a pool of aiomysql", "")],
)
def test_without_the_plugin_all_restores_share_one(installed, server, library, plainly):
    code = START.format(port=server.port) + plainly + LIBRARIES[library]
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.restore() == [snapshot.told] * 3


ONE = """
import asyncio, sys, threading
import snapshot_restore_py
def close_all():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        snapshot_restore_py.run_before_snapshot()
        snapshot_restore_py.run_after_restore()
    return [str(warning.message) for warning in caught]
async def ask(connection):
    async with connection.cursor() as cursor:
        await cursor.execute("SELECT CONNECTION_ID()")
        return (await cursor.fetchone())[0]
async def in_thread(function):
    return await asyncio.get_running_loop().run_in_executor(None, function)
"""
NAMED = {
    "mysqlclient": """
import MySQLdb
connection = MySQLdb.connect(**PLACE)
before, messages = use(connection), close_all()
assert not connection.open
""",
    "mysql-connector in Python": """
import mysql.connector
connection = mysql.connector.connect(**PLACE, use_pure=True)
before, messages = use(connection), close_all()
assert not connection.is_connected()
connection.reconnect()
assert use(connection) != before
""",
    "mysql-connector in C": """
import mysql.connector
connection = mysql.connector.connect(**PLACE, use_pure=False)
before, messages = use(connection), close_all()
assert not connection.is_connected()
connection.reconnect()
assert use(connection) != before
""",
    "mysql-connector, async": """
import mysql.connector.aio
async def main():
    global connection
    connection = await mysql.connector.aio.connect(**PLACE, ssl_disabled=True)
    cursor = await connection.cursor()
    await cursor.execute("SELECT CONNECTION_ID()")
    (before,) = await cursor.fetchone()
    messages = await in_thread(close_all)
    assert not await connection.is_connected()
    await connection.reconnect()
    assert await connection.is_connected()
    await connection.close()
    return before, messages
before, messages = asyncio.run(main())
""",
    "aiomysql, lent out": """
import aiomysql
async def main():
    global connection
    async with aiomysql.create_pool(1, 1, **PLACE) as pool:
        async with pool.acquire() as connection:
            before, messages = await ask(connection), await in_thread(close_all)
            await asyncio.sleep(0)
        async with pool.acquire() as again:
            assert await ask(again) != before
            await again.ensure_closed()
    return before, messages
before, messages = asyncio.run(main())
""",
    "asyncmy whose loop rests": """
import asyncmy
loop = asyncio.new_event_loop()
connection = loop.run_until_complete(asyncmy.connect(**PLACE))
before, messages = loop.run_until_complete(ask(connection)), close_all()
assert not connection.connected
loop.run_until_complete(asyncio.sleep(0))
loop.close()
""",
    "aiomysql in the thread of its loop": """
import aiomysql
async def main():
    global connection
    connection = await aiomysql.connect(**PLACE)
    before, messages = await ask(connection), close_all()
    await asyncio.sleep(0)
    assert connection.closed
    return before, messages
before, messages = asyncio.run(main())
""",
    "aiomysql whose loop is closed": """
import aiomysql
loop = asyncio.new_event_loop()
connection = loop.run_until_complete(aiomysql.connect(**PLACE))
before = loop.run_until_complete(ask(connection))
loop.close()
messages = close_all()
assert connection.closed
""",
}


def run_with(code, installed, server):
    return run(START.format(port=server.port) + ONE + code, installed, "mysql")


@pytest.mark.parametrize("user", available(NAMED))
def test_a_connection_that_does_not_connect_anew_is_closed_and_named(installed, server, user):
    before, messages = run_with(NAMED[user] + "\ntell([before, messages])", installed, server)
    assert len(messages) == 1
    assert "__main__.connection was closed for the snapshot" in messages[0]
    server.wait_for_the_end_of(before)


def test_pymysql_connects_anew_at_the_next_use_with_all_it_was_told(installed, server):
    code = """
import pymysql
connection = pymysql.connect(
    **PLACE, database="shop", autocommit=True, init_command="SET @mark = 7",
)
before, messages = use(connection), close_all()
assert not connection.open
with connection.cursor() as cursor:
    cursor.execute("SELECT DATABASE(), @@autocommit, @mark")
    answer = cursor.fetchone()
again = use(connection)
connection.close()
tell([messages, answer, before == again])
"""
    assert run_with(code, installed, server) == [[], ["shop", 1, 7], False]


def test_pymysql_connects_anew_when_it_is_pinged(installed, server):
    code = """
import pymysql
connections = [pymysql.connect(**PLACE) for _ in range(4)]
before, messages = set(map(use, connections)), close_all()
connections[0].ping(reconnect=False)
use(connections[1])
connections[1].ping(reconnect=False)
connections[2].close()
port, connections[3].port = connections[3].port, 1
for connection in connections[2:]:
    try:
        connection.ping(reconnect=False)
    except pymysql.err.Error as error:
        messages.append(type(error).__name__)
connections[3].port = port
connections[3].ping(reconnect=False)
after = {use(connections[number]) for number in (0, 1, 3)}
for number in (0, 1, 3):
    connections[number].close()
tell([messages, len(before), len(after), len(before & after)])
"""
    assert run_with(code, installed, server) == [["Error", "OperationalError"], 4, 3, 0]


def test_a_connection_of_pymysql_that_its_user_closes_or_connects_is_theirs(installed, server):
    code = """
import pymysql
connections = [pymysql.connect(**PLACE) for _ in range(3)]
messages = close_all()
connections[0].close()
try:
    use(connections[0])
except pymysql.err.InterfaceError:
    messages.append("closed")
connections[1].connect()
identifier = use(connections[1])
same = identifier == use(connections[1])
connections[2].port, port = 1, connections[2].port
try:
    use(connections[2])
except pymysql.err.OperationalError:
    messages.append("away")
connections[2].port = port
use(connections[2])
for one in connections[1:]:
    one.close()
tell([messages, same])
"""
    assert run_with(code, installed, server) == [["closed", "away"], True]


def test_an_open_transaction_of_pymysql_is_rolled_back_and_named(installed, server):
    code = """
import pymysql
connection = pymysql.connect(**PLACE, database="shop")
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO orders VALUES (1)")
messages = close_all()
with connection.cursor() as cursor:
    cursor.execute("SELECT COUNT(*) FROM orders")
    rows = cursor.fetchone()[0]
connection.close()
tell([len(messages), "__main__.connection" in messages[0], "rolled back" in messages[0], rows])
"""
    assert run_with(code, installed, server) == [1, True, True, 0]


def test_a_result_that_is_not_read_to_its_end_does_not_disturb_the_next_connection(
    installed, server
):
    code = """
import pymysql, pymysql.cursors
connection = pymysql.connect(**PLACE, database="shop")
cursor = connection.cursor(pymysql.cursors.SSCursor)
cursor.execute("SELECT seq FROM seq_1_to_100000")
cursor.fetchone()
messages = close_all()
identifier = use(connection)
same = identifier == use(connection)
try:
    cursor.fetchone()
except pymysql.err.OperationalError as error:
    messages.append(error.args[1])
connection.close()
tell([messages, same])
"""
    told = "The connection of this result was closed for the snapshot"
    assert run_with(code, installed, server) == [[told], True]


WAITING = {
    "pymysql": "import pymysql as library\nconnection = library.connect(**PLACE)",
    "mysql-connector": """
import mysql.connector as library
connection = library.connect(**PLACE, use_pure=True)
""",
}


@pytest.mark.parametrize("library", WAITING)
def test_a_query_of_another_thread_does_not_hold_up_the_snapshot(installed, server, library):
    code = """
failed = []
def wait():
    cursor = connection.cursor()
    try:
        cursor.execute("SELECT SLEEP(100)")
        cursor.fetchall()
    except Exception as error:
        failed.append(type(error).__name__)
thread = threading.Thread(target=wait)
other = library.connect(**PLACE)
thread.start()
cursor = other.cursor()
question = "SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(100)'"
cursor.execute(question)
while not cursor.fetchone()[0]:
    cursor.execute(question)
cursor.close()
other.close()
close_all()
thread.join()
tell(len(failed))
"""
    assert run_with(WAITING[library] + code, installed, server) == 1


def test_closed_and_half_constructed_objects_and_those_of_sqlalchemy_are_left_alone(
    installed, server
):
    code = """
import aiomysql, importlib, mysql.connector.pooling, pymysql, sqlalchemy
engine = sqlalchemy.create_engine(f"mysql+pymysql://tester@127.0.0.1:{PLACE['port']}/shop")
def identifier():
    with engine.connect() as used:
        return used.exec_driver_sql("SELECT CONNECTION_ID()").scalar()
before = identifier()
kinds = [
    pymysql.connections.Connection, mysql.connector.pooling.MySQLConnectionPool,
    mysql.connector.connection.MySQLConnection, aiomysql.Connection, aiomysql.Pool,
    sqlalchemy.pool.base._ConnectionFairy,
]
closed = [pymysql.connect(**PLACE)]
for module, names in (
    ("asyncmy", ["Connection", "Pool"]),
    ("mysql.connector.aio.pooling", ["MySQLConnectionPool"]),
    ("mysql.connector.aio.connection", ["MySQLConnection"]),
    ("mysql.connector.connection_cext", ["CMySQLConnection"]),
    ("MySQLdb.connections", ["Connection"]),
):
    try:
        kinds += [getattr(importlib.import_module(module), name) for name in names]
    except ImportError:
        pass
half = [kind.__new__(kind) for kind in kinds]
for pure in {True, not mysql.connector.HAVE_CEXT}:
    closed.append(mysql.connector.connect(**PLACE, use_pure=pure))
if "MySQLdb" in sys.modules:
    closed.append(sys.modules["MySQLdb"].connect(**PLACE))
for one in closed:
    one.close()
async def use_async():
    connection = await aiomysql.connect(**PLACE)
    await connection.ensure_closed()
    if "mysql.connector.aio" in sys.modules:
        other = await mysql.connector.aio.connect(**PLACE, ssl_disabled=True)
        closed.append(other)
        await other.close()
    return connection
closed.append(asyncio.run(use_async()))
messages = close_all()
same = identifier() == before
engine.dispose()
half[3]._writer = None  # Or its __del__ fails.
half[4]._closed = True
tell([messages, same])
"""
    assert run_with(code, installed, server) == [[], True]


DJANGO = {
    "PyMySQL": """
        import pymysql
        pymysql.version_info = (2, 2, 1, "final", 0)  # or Django takes it for an old mysqlclient
        pymysql.install_as_MySQLdb()
    """,
    "mysqlclient": "",
    "mysql-connector": "",
}


def django(port, library):
    engine, question = "django.db.backends.mysql", "SELECT CONNECTION_ID()"
    if library == "mysql-connector":
        engine = "mysql.connector.django"
    else:
        # PyMySQL alone would connect anew with the server's own level.
        question += " FROM DUAL WHERE @@tx_isolation = 'READ-COMMITTED'"
    code = django_users.CODE.format(
        engine=engine, port=port, database="shop", options={}, question=question
    )
    return textwrap.dedent(DJANGO[library]) + code


@pytest.mark.parametrize("library", available(DJANGO))
def test_django_connects_anew_without_a_word(installed, server, library):
    code = django(server.port, library)
    with Snapshot(code, installed, "mysql") as snapshot:
        assert len({snapshot.told, *snapshot.restore()}) == 4
    assert snapshot.stderr == ""
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.restore()[0] == snapshot.told  # Over TLS the first one breaks it.


def test_djangos_connection_in_a_transaction_is_closed_and_named(installed, server):
    code = django(server.port, "mysql-connector") + django_users.IN_TRANSACTION
    with Snapshot(code, installed, "mysql") as snapshot:
        assert not any(isinstance(copy, int) for copy in snapshot.restore())
    assert "was closed for the snapshot" in snapshot.stderr


def test_it_imports_none_of_the_libraries(installed):
    libraries = ("pymysql", "mysql", "MySQLdb", "aiomysql", "asyncmy")
    assert imported_without_use(installed, "mysql", *libraries) == []
