"""The plugin, installed with pip, between real clients and real HTTPS servers."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.servers.aws import AwsServer
from tests.servers.graphql_server import GraphqlServer
from tests.servers.https import HALF, HttpsServer
from tests.snapshots import Snapshot, imported_without_use, install

# A forked copy shares an epoll object with its parent, and the loop's own pipe.
LOOP = """
import asyncio, selectors, ssl
loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
asyncio.set_event_loop(loop)
def get(path):
    return loop.run_until_complete(fetch(path))
"""
START = """
import aiohttp
async def start():
    context = ssl.create_default_context(cafile=AUTHORITY)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))
session = loop.run_until_complete(start())
async def fetch(path):
    async with session.get(URL + path) as response:
        return await response.text()
get("/init")
"""
# What they send is nothing that aiohttp would send again by itself.
AIOBOTOCORE = """
from aiobotocore.session import get_session
client = loop.run_until_complete(get_session().create_client(
    "dynamodb", region_name="eu-west-1", endpoint_url=URL, verify=AUTHORITY,
    aws_access_key_id="id", aws_secret_access_key="secret",
).__aenter__())
async def fetch(path):
    answer = await client.list_tables(ExclusiveStartTableName=path[1:])
    assert (answer["TableNames"], answer["ResponseMetadata"]["RetryAttempts"]) == ([], 0)
    return path
get("/init")
"""
GQL = """
import gql
from gql.transport.aiohttp import AIOHTTPTransport
context = ssl.create_default_context(cafile=AUTHORITY)
client = gql.Client(transport=AIOHTTPTransport(URL, ssl=context))
session = loop.run_until_complete(client.connect_async())
async def fetch(path):
    return (await session.execute(gql.gql('{ echo(text: "%s") }' % path)))["echo"]
get("/init")
"""
LIBRARIES = {
    "aiohttp": (HttpsServer, START),
    "aiobotocore": (AwsServer, AIOBOTOCORE),
    "gql": (GraphqlServer, GQL),
}
USE = """
def work():
    loop._close_self_pipe()
    loop._make_self_pipe()
    import concurrent.futures
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(1))
    return get(f"/copy-{number}")
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin."""
    return install(tmp_path_factory.mktemp("installed"), "snapshot-restore-aiohttp")


@pytest.fixture
def server(tmp_path):
    with HttpsServer(tmp_path) as server:
        yield server


@pytest.fixture(params=LIBRARIES)
def used(request, tmp_path):
    """A server, and the code that uses it through a library."""
    kind, start = LIBRARIES[request.param]
    with kind(tmp_path) as server:
        yield server, code(server, start, USE)


def code(server, *parts):
    names = {"URL": server.url, "AUTHORITY": str(server.authority)}
    lines = [f"{name} = {value!r}" for name, value in names.items()]
    return "\n".join([*lines, LOOP, *map(dedent, parts)])


def test_each_copy_makes_a_connection_of_its_own(used, installed):
    server, function = used
    with Snapshot(function, installed) as snapshot:
        server.wait_until_open()
        outcomes = snapshot.restore()
    assert outcomes == [f"/copy-{number}" for number in (1, 2, 3)]
    assert [one.connection for one in server.requests].count(1) == 1
    assert len(server.requests) == 4
    assert server.used == {1, 2, 3, 4}


def test_without_the_plugin_the_connection_is_in_the_snapshot(used, installed):
    server, function = used
    with Snapshot(function, installed, plugins="none") as snapshot:
        server.wait_until_open(1)
        snapshot.restore()
    assert len([one for one in server.requests if one.connection == 1]) > 1 or server.garbled


# aiobotocore would try again by itself.
@pytest.mark.parametrize("used", ["aiohttp", "gql"], indirect=True)
def test_the_first_use_succeeds_where_the_server_was_killed_meanwhile(used, installed):
    server, function = used
    with Snapshot(function, installed) as snapshot:
        server.kill()
        server.start()
        outcomes = snapshot.restore()
    assert outcomes == [f"/copy-{number}" for number in (1, 2, 3)]


def test_a_connection_in_use_is_closed_and_named_and_dns_answers_are_forgotten(server, installed):
    more = f"""
        import snapshot_restore_py
        connector = session.connector
        answers = [len(connector._cached_hosts._addrs_rr)]
        half = [kind.__new__(kind) for kind in (aiohttp.TCPConnector, aiohttp.BaseConnector)]
        half[0]._closed = half[1]._closed = True
        async def lose():
            response = await session.get(URL + {HALF!r})
            snapshot_restore_py.run_before_snapshot()
            try:
                await response.read()
            except aiohttp.ClientError as error:
                return type(error).__name__
        lost = loop.run_until_complete(lose())
        answers.append(len(connector._cached_hosts._addrs_rr))
        def work():
            return [answers, lost, get("/again"), loop.run_until_complete(session.close())]
    """
    with Snapshot(code(server, START, more), installed) as snapshot:
        answers, lost, again, _ = snapshot.resume()
    assert (answers, again) == ([1, 0], "/again")
    assert "Error" in lost
    assert f"A connection of aiohttp to ('127.0.0.1', {server.port}) is in use" in snapshot.stderr


def test_it_does_not_import_aiohttp(installed):
    assert imported_without_use(installed, "aiohttp", "aiohttp") == []
