"""The plugin, installed with pip, with a server that treats sessions as MongoDB does.

No at-fork handler of Python's may run in the copies, as none runs in a restore: pymongo's
would renew what the plugin has to renew.
"""

from __future__ import annotations

import pytest

from tests.servers.mongodb import MongoDBServer
from tests.snapshots import Snapshot, imported_without_use, installed_once, run


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin."""
    return installed_once(tmp_path_factory.getbasetemp(), "snapshot-restore-pymongo")


@pytest.fixture
def server():
    server = MongoDBServer()
    yield server
    server.stop()


START = """
import ctypes
os.fork = ctypes.PyDLL(None).fork
"""
# work() writes a document with a name of its own, and returns that and the connection's number.
SYNC = (
    START
    + """
import pymongo
client = pymongo.MongoClient("mongodb://127.0.0.1:{port}", heartbeatFrequencyMS=1000000)
held = client.start_session()
def work():
    names = [os.urandom(8).hex() for _ in range(2)]
    client.test.orders.insert_one({{"_id": names[0]}})
    client.test.orders.insert_one({{"_id": names[1]}}, session=held)
    return names, client.admin.command("hello")["connectionId"]
told = work()
"""
)
ASYNC = (
    START
    + """
import asyncio, concurrent.futures, pymongo, selectors
loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
client = pymongo.AsyncMongoClient("mongodb://127.0.0.1:{port}", heartbeatFrequencyMS=1000000)
held = client.start_session()
async def use():
    names = [os.urandom(8).hex() for _ in range(2)]
    await client.test.orders.insert_one({{"_id": names[0]}})
    await client.test.orders.insert_one({{"_id": names[1]}}, session=held)
    return names, (await client.admin.command("hello"))["connectionId"]
def work():
    # What a restore keeps, and a forked copy lacks or shares: threads, and the loop's own pipe.
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(1))
    loop._close_self_pipe()
    loop._make_self_pipe()
    return loop.run_until_complete(use())
told = loop.run_until_complete(use())
"""
)
CLIENTS = {"sync": SYNC, "async": ASYNC}


def stored(server, copies):
    """Tell for each document that a copy was told is written, whether the server has it."""
    written = {document["_id"] for document in server.documents}
    return [name in written for names, _ in copies for name in names]


@pytest.mark.parametrize("client", CLIENTS)
def test_each_restore_has_sessions_and_connections_of_its_own(installed, server, client):
    with Snapshot(CLIENTS[client].format(port=server.port), installed, "pymongo") as snapshot:
        server.wait_for_the_end_of()
        copies = snapshot.restore()
        assert stored(server, [snapshot.told, *copies]) == [True] * 8
        numbers = {number for _, number in copies}
        assert len(numbers) == 3
        assert snapshot.told[1] not in numbers
        assert numbers <= server.connections


def test_sessions_are_ended(installed, server):
    with Snapshot(SYNC.format(port=server.port), installed, "pymongo"):
        assert len(set(server.ended_sessions)) == 2


@pytest.mark.parametrize("client", CLIENTS)
def test_without_the_plugin_writes_are_lost_and_nobody_is_told(installed, server, client):
    code = CLIENTS[client].format(port=server.port)
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert snapshot.told[1] in server.connections
        copies = snapshot.restore()
        assert stored(server, copies) == [True] * 2 + [False] * 4


def test_without_the_plugin_a_cut_connection_fails_the_first_use(installed, server):
    code = (
        SYNC.format(port=server.port)
        .replace("insert_one", "find_one")
        .replace("MongoClient(", "MongoClient(retryReads=False, host=")
    )
    with Snapshot(code, installed, "none") as snapshot:
        server.cut_connections()
        assert ["AutoReconnect" in str(copy) for copy in snapshot.restore()] == [True] * 3


IN_PLACE = """
import asyncio, threading
import pymongo
import snapshot_restore_py
from snapshot_restore_py.live_objects import CleanUpError
URI = "mongodb://127.0.0.1:{port}"
"""


def run_with(code, installed, server):
    return run(IN_PLACE.format(port=server.port) + code, installed, "pymongo")


def test_no_thread_is_left_and_the_client_works_on(installed, server):
    code = """
client, unused = pymongo.MongoClient(URI), pymongo.MongoClient(URI, connect=False)
orders = client.test.orders
orders.insert_one({"_id": 1})
before = threading.active_count()
snapshot_restore_py.run_before_snapshot()
left = threading.active_count()
snapshot_restore_py.run_before_snapshot()
snapshot_restore_py.run_after_restore()
orders.insert_one({"_id": 2})
unused.test.orders.insert_one({"_id": 3})
client.close(), unused.close()
snapshot_restore_py.run_before_snapshot()
tell([before > 1, left])
"""
    assert run_with(code, installed, server) == [True, 1]
    assert [document["_id"] for document in server.documents] == [1, 2, 3]


@pytest.mark.parametrize("where", ["in its loop", "in another thread"])
def test_an_async_client_works_on_while_its_loop_runs(installed, server, where):
    code = """
hooks = [snapshot_restore_py.run_before_snapshot, snapshot_restore_py.run_after_restore]
async def use():
    client = pymongo.AsyncMongoClient(URI)
    number = (await client.admin.command("hello"))["connectionId"]
    for hook in hooks:
        WHERE
    again = (await client.admin.command("hello"))["connectionId"]
    await client.close()
    return [number, again]
tell(asyncio.run(use()))
"""
    how = "hook()" if where == "in its loop" else "await asyncio.to_thread(hook)"
    before, after = run_with(code.replace("WHERE", how), installed, server)
    assert before != after


def test_a_client_whose_loop_is_closed_is_disconnected(installed, server):
    code = """
import asyncio
import pymongo
async def use():
    client = pymongo.AsyncMongoClient("mongodb://127.0.0.1:PORT")
    return client, (await client.admin.command("hello"))["connectionId"]
loop = asyncio.new_event_loop()
client, told = loop.run_until_complete(use())
loop.close()
def work():
    return None
"""
    with Snapshot(code.replace("PORT", str(server.port)), installed, "pymongo") as snapshot:
        server.wait_for_the_end_of()
        assert snapshot.told
        snapshot.restore()


def test_a_transaction_is_named_and_all_else_is_renewed(installed, server):
    code = """
client = pymongo.MongoClient(URI)
session = client.start_session()
session.start_transaction()
number = client.admin.command("hello")["connectionId"]
try:
    snapshot_restore_py.run_before_snapshot()
except CleanUpError as error:
    told = str(error)
again = client.admin.command("hello")["connectionId"]
tell([told, number != again])
"""
    told, is_new = run_with(code, installed, server)
    assert "ClientSession" in told
    assert "it is in a transaction" in told
    assert is_new


def test_half_constructed_objects_are_left_alone(installed, server):
    code = """
from pymongo.synchronous.client_session import ClientSession
from pymongo.synchronous.pool import Connection
from pymongo.asynchronous.pool import AsyncConnection
kinds = [pymongo.MongoClient, pymongo.AsyncMongoClient, ClientSession, Connection, AsyncConnection]
half = [kind.__new__(kind) for kind in kinds]
ended = pymongo.MongoClient(URI).start_session()
ended.end_session()
snapshot_restore_py.run_before_snapshot()
for one in half:
    vars(one).update(_closed=True, _topology=None, _server_session=None)
tell(True)
"""
    assert run_with(code, installed, server) is True


def test_a_connection_in_use_is_closed_and_its_user_gets_an_error(installed, server):
    code = """
client = pymongo.MongoClient(URI)
client.admin.command("ping")
(lent,) = client._topology._servers.values()
try:
    with lent.pool.checkout() as connection:
        before = connection.command("admin", {"hello": 1})["connectionId"]
        snapshot_restore_py.run_before_snapshot()
        connection.command("admin", {"hello": 1})
except pymongo.errors.AutoReconnect:
    tell([before, client.admin.command("hello")["connectionId"]])
"""
    before, after = run_with(code, installed, server)
    assert before != after
    server.wait_for_the_end_of(before)


def test_a_version_that_is_too_old_is_named(installed, server):
    code = """
import warnings
client = pymongo.MongoClient(URI)
pymongo.version, pymongo.version_tuple = "4.8.0", (4, 8, 0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    snapshot_restore_py.run_before_snapshot()
client.close()
tell([str(one.message) for one in caught])
"""
    (told,) = run_with(code, installed, server)
    assert "does not know pymongo 4.8.0" in told


def test_a_thread_that_does_not_come_to_rest_is_named(installed, server):
    code = """
import snapshot_restore_pymongo.clients
from pymongo.periodic_executor import PeriodicExecutor
snapshot_restore_pymongo.clients._PATIENCE = 0.1
go_on = threading.Event()
busy = PeriodicExecutor(1, 0.1, go_on.wait, "busy")
busy.open()
try:
    snapshot_restore_py.run_before_snapshot()
except CleanUpError as error:
    tell(str(error))
go_on.set()
busy.join()
"""
    told = run_with(code, installed, server)
    assert "name=busy" in told
    assert "did not come to rest" in told


def test_it_does_not_import_pymongo(installed):
    assert imported_without_use(installed, "pymongo", "pymongo", "bson") == []
