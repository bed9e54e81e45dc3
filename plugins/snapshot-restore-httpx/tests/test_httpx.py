"""The plugin, installed with pip, between real clients and a real HTTPS server."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.servers.https import HALF, HttpsServer
from tests.servers.proxy import Proxy
from tests.snapshots import Snapshot, installed_once, run

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = Path(__file__).parent.parent

IMPORTS = """
import asyncio, ssl, httpx
trust = ssl.create_default_context(cafile=AUTHORITY)
"""
SYNC = """
def get(path):
    return client.get(URL + path).text
"""
ASYNC = """
def get(path):
    async def text():
        return (await client.get(URL + path)).text
    return asyncio.run(text())
"""
ASYNC_IN_OPEN_LOOP = """
loop = asyncio.new_event_loop()
async def text(path):
    return (await client.get(URL + path)).text
def get(path):
    if path == "/init":
        return loop.run_until_complete(text(path))
    return asyncio.run(text(path))  # Forked copies would share what the loop waits with.
"""
CLIENTS = {
    "a client": "client = httpx.Client(verify=trust)" + SYNC,
    "a client with HTTP/2": "client = httpx.Client(verify=trust, http2=True)" + SYNC,
    "a client with one connection": """
client = httpx.Client(
    verify=trust, limits=httpx.Limits(max_connections=1, keepalive_expiry=None)
)
"""
    + SYNC,
    "a client with a transport for the host": """
client = httpx.Client(mounts={"all://localhost": httpx.HTTPTransport(verify=trust)})
"""
    + SYNC,
    "a client with a class of the user's own": """
class Transport(httpx.HTTPTransport):
    pass
class Client(httpx.Client):
    pass
client = Client(transport=Transport(verify=trust))
"""
    + SYNC,
    "a client made after the plugin was loaded": """
import snapshot_restore_py
client = httpx.Client(verify=trust)
"""
    + SYNC,
    "an async client whose loop is closed": "client = httpx.AsyncClient(verify=trust)" + ASYNC,
    "an async client whose loop is closed, with HTTP/2": """
client = httpx.AsyncClient(verify=trust, http2=True)
"""
    + ASYNC,
    "an async client with one connection": """
client = httpx.AsyncClient(
    verify=trust, limits=httpx.Limits(max_connections=1, keepalive_expiry=None)
)
"""
    + ASYNC,
    "an async client whose loop is open": """
client = httpx.AsyncClient(verify=trust)
"""
    + ASYNC_IN_OPEN_LOOP,
    "an async client whose loop is open, with HTTP/2": """
client = httpx.AsyncClient(verify=trust, http2=True)
"""
    + ASYNC_IN_OPEN_LOOP,
}
USE = """
def work():
    return get(f"/copy-{number}")
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the plugin."""
    return installed_once(tmp_path_factory.getbasetemp(), PLUGIN.name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpsServer]:
    with HttpsServer(tmp_path) as server:
        yield server


def code(server: HttpsServer, *parts: str, **names: object) -> str:
    names = {"URL": server.url, "AUTHORITY": str(server.authority), "HALF": HALF, **names}
    lines = [f"{name} = {value!r}" for name, value in names.items()]
    return "\n".join([*lines, IMPORTS, *map(dedent, parts)])


def paths(server: HttpsServer, connection: int) -> list[str]:
    return [request.path for request in server.requests if request.connection == connection]


def is_shared(server: HttpsServer) -> bool:
    """Tell whether the copies have used the connection that was made before the snapshot."""
    server.wait_until_open()
    return len(paths(server, 1)) > 1 or server.garbled == {1}


@pytest.mark.parametrize("client", CLIENTS)
def test_each_copy_makes_a_connection_of_its_own(server, installed, client):
    function = code(server, CLIENTS[client], 'get("/init")', USE)
    with Snapshot(function, installed) as snapshot:
        server.wait_until_open()
        outcomes = snapshot.restore()
    assert outcomes == [f"/copy-{number}" for number in (1, 2, 3)]
    assert paths(server, 1) == ["/init"]
    assert server.used == {1, 2, 3, 4}
    assert not any(request.is_resumed for request in server.requests)
    assert snapshot.stderr == ""


@pytest.mark.parametrize("client", CLIENTS)
def test_without_the_plugin_copies_share_the_connection(server, installed, client):
    function = code(server, CLIENTS[client], 'get("/init")', USE)
    with Snapshot(function, installed, plugins="none") as snapshot:
        server.wait_until_open(1)
        snapshot.restore()
    assert is_shared(server)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_first_use_succeeds_where_the_server_was_killed_meanwhile(server, installed, client):
    function = code(server, CLIENTS[client], 'get("/init")', USE)
    with Snapshot(function, installed) as snapshot:
        server.kill()
        server.start()
        outcomes = snapshot.restore()
    assert outcomes == [f"/copy-{number}" for number in (1, 2, 3)]


def test_an_async_client_goes_on_in_the_same_loop(server, installed):
    client = """
        client = httpx.AsyncClient(verify=trust)
        loop = asyncio.new_event_loop()
        async def get_two():
            await asyncio.gather(client.get(URL + "/a"), client.get(URL + "/b"))
        loop.run_until_complete(get_two())
        def work():
            return loop.run_until_complete(client.get(URL + "/same-loop")).text
    """
    with Snapshot(code(server, client), installed) as snapshot:
        server.wait_until_open()
        assert snapshot.resume() == "/same-loop"
    assert paths(server, 3) == ["/same-loop"]


@pytest.mark.parametrize("name", ["Client", "AsyncClient"])
def test_connections_through_a_proxy_are_closed(server, installed, name):
    client = f"""
        proxy = httpx.Proxy(PROXY)
        transport = httpx.{name.replace("Client", "HTTPTransport")}(verify=trust, proxy=proxy)
        client = httpx.{name}(transport=transport)
    """
    get = SYNC if name == "Client" else ASYNC
    with Proxy() as proxy:
        function = code(server, client, get, 'get("/init")', USE, PROXY=proxy.url)
        with Snapshot(function, installed) as snapshot:
            server.wait_until_open()
            assert proxy.accepted == 1
            outcomes = snapshot.restore()
        assert proxy.accepted == 4
    assert outcomes == [f"/copy-{number}" for number in (1, 2, 3)]
    assert paths(server, 1) == ["/init"]


class TestConnectionInUse:
    @pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
    def test_that_of_an_unread_response_is_closed_and_the_response_says_so(
        self, server, installed, protocol
    ):
        client = f"""
            client = httpx.Client(verify=trust, http2={protocol == "HTTP/2"})
            response = client.send(client.build_request("GET", URL + HALF), stream=True)
            def work():
                try:
                    response.read()
                except httpx.TransportError:
                    return client.get(URL + "/other").text
        """
        with Snapshot(code(server, client), installed) as snapshot:
            server.wait_until_open()
            assert snapshot.resume() == "/other"
        assert server.used == {1, 2}
        assert f"RuntimeWarning: <HTTPConnection ['{server.url}', {protocol}" in snapshot.stderr
        assert "is in use. It was closed, because it would be dead" in snapshot.stderr

    @pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
    def test_the_same_is_so_for_an_async_client(self, server, installed, protocol):
        client = f"""
            import anyio
            client = httpx.AsyncClient(verify=trust, http2={protocol == "HTTP/2"})
            request = client.build_request("GET", URL + HALF)
            loop = asyncio.new_event_loop()
            response = loop.run_until_complete(client.send(request, stream=True))
            def work():
                try:
                    loop.run_until_complete(response.aread())
                except (httpx.TransportError, anyio.ClosedResourceError):
                    return loop.run_until_complete(client.get(URL + "/other")).text
        """
        with Snapshot(code(server, client), installed) as snapshot:
            server.wait_until_open()
            assert snapshot.resume() == "/other"
        assert server.used == {1, 2}
        warning = f"RuntimeWarning: <AsyncHTTPConnection ['{server.url}', {protocol}"
        assert warning in snapshot.stderr

    def test_one_that_is_being_opened_is_reported(self, server, installed):
        client = """
            client = httpx.AsyncClient(verify=trust)
            loop = asyncio.new_event_loop()
            task = loop.create_task(client.get(URL + "/slow"))
            while not client._transport._pool.connections:
                loop.run_until_complete(asyncio.sleep(0))
            def work():
                return loop.run_until_complete(task).text
        """
        with Snapshot(code(server, client), installed) as snapshot:
            assert snapshot.resume() == "/slow"
        assert "<AsyncHTTPConnection [CONNECTING]> is still being opened" in snapshot.stderr


def test_pools_made_by_hand_are_emptied_and_the_transports_around_them_stay_open(server, installed):
    client = """
        import httpcore
        class Own(httpx.BaseTransport):
            def __init__(self):
                self.pool = httpcore.ConnectionPool(ssl_context=trust)
            def handle_request(self, request):
                answer = self.pool.request(request.method, str(request.url))
                return httpx.Response(answer.status, content=answer.content)
            def close(self):
                raise AssertionError("closed")
        client = httpx.Client(transport=Own())
        get_from_mock = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(204)))
    """
    function = code(server, client, SYNC, 'get("/init")', USE)
    with Snapshot(function, installed) as snapshot:
        server.wait_until_open()
        assert snapshot.resume() == "/copy-0"
    assert paths(server, 1) == ["/init"]


@pytest.mark.parametrize(
    "client", ["Client(verify=trust)" + SYNC, "AsyncClient(verify=trust)" + ASYNC]
)
def test_clients_of_httpx2_make_connections_of_their_own_too(server, installed, client):
    client = f"import httpx2\nclient = httpx2.{client}"
    function = code(server, client, 'get("/init")', USE)
    with Snapshot(function, installed) as snapshot:
        server.wait_until_open()
        outcomes = snapshot.restore()
    assert outcomes == [f"/copy-{number}" for number in (1, 2, 3)]
    assert paths(server, 1) == ["/init"]
    assert snapshot.stderr == ""


def test_closed_and_half_constructed_objects_are_no_problem(server, installed):
    client = """
        import httpcore
        kinds = [httpx.Client, httpx.AsyncClient, httpx.HTTPTransport, httpx.AsyncHTTPTransport]
        kinds += [httpcore.ConnectionPool, httpcore.AsyncConnectionPool]
        half = [kind.__new__(kind) for kind in kinds]
        closed = httpx.Client(verify=trust)
        closed.get(URL + "/closed")
        closed.close()
        closed_connection = httpx.Client(verify=trust)
        closed_connection.get(URL + "/closed")
        closed_connection._transport._pool.connections[0].close()
        lost = httpx.Client(verify=trust)
        lost.get(URL + "/lost")
        stream = lost._transport._pool.connections[0]._connection._network_stream
        stream.get_extra_info("socket").close()
        def work():
            return [client.get(URL + "/copy").text for client in (closed_connection, lost)]
    """
    with Snapshot(code(server, client), installed) as snapshot:
        server.wait_until_open()
        assert snapshot.resume() == ["/copy", "/copy"]


def test_one_that_cannot_be_closed_is_named_and_the_others_are_closed(server, installed):
    client = """
        clients = [httpx.Client(verify=trust) for _ in range(3)]
        for client in clients:
            client.get(URL + "/init")
        connection = clients[1]._transport._pool.connections[0]
        def fail():
            raise OSError("busy")
        connection.close = fail
        import snapshot_restore_py
        try:
            snapshot_restore_py.run_before_snapshot()
        except Exception as error:
            caught = error
        def work():
            return [type(caught).__name__, str(caught)]
    """
    with Snapshot(code(server, client), installed) as snapshot:
        server.wait_until_open()
        name, text = snapshot.resume()
    assert name == "CleanUpError"
    assert text.count("OSError") == 1
    assert f"<HTTPConnection ['{server.url}', HTTP/1.1, IDLE" in text
    assert text.endswith("OSError: busy")


class TestImports:
    def test_httpx_is_not_imported(self, installed):
        code = """
            import sys
            before = set(sys.modules)
            import snapshot_restore_py
            new = set(sys.modules) - before
            seen = [sorted(new & {"httpx", "asyncio", "socket"}), "snapshot_restore_httpx" in new]
            snapshot_restore_py.run_before_snapshot()
            tell([*seen, "httpx" in sys.modules])
        """
        assert run(code, installed) == [[], True, False]

    def test_a_lazy_httpx_stays_lazy(self, installed, tmp_path):
        (tmp_path / "httpx.py").write_text("import sys\nsys.httpx = HTTPTransport = 'imported'")
        code = """
            import importlib.util, sys
            spec = importlib.util.find_spec("httpx")
            spec.loader = importlib.util.LazyLoader(spec.loader)
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
            import snapshot_restore_py
            snapshot_restore_py.run_before_snapshot()
            is_imported = hasattr(sys, "httpx")
            tell([is_imported, module.HTTPTransport])
        """
        assert run(code, installed, None, tmp_path) == [False, "imported"]
