"""The plugin, installed with pip, between real clients and real HTTPS servers."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.servers.aws import AwsServer
from tests.servers.https import HALF, HttpsServer
from tests.servers.proxy import Proxy
from tests.snapshots import Snapshot, installed_once, run

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = Path(__file__).parent.parent

CLIENTS = {
    "a pool manager": """
        import urllib3
        manager = urllib3.PoolManager(ca_certs=AUTHORITY)
        def get(path):
            return manager.request("GET", URL + path).data.decode()
    """,
    "a pool": """
        import urllib3
        pool = urllib3.HTTPSConnectionPool("localhost", PORT, ca_certs=AUTHORITY, block=True)
        def get(path):
            return pool.request("GET", path).data.decode()
    """,
    "a pool of a class of the user's own": """
        import http.client, ssl, urllib3
        class Connection(http.client.HTTPSConnection):
            def __init__(self, host, port, **options):
                context = ssl.create_default_context(cafile=AUTHORITY)
                super().__init__(host, port, context=context)
        class Pool(urllib3.HTTPConnectionPool):
            ConnectionCls = Connection
            def _get_conn(self, timeout=None):
                return self.pool.get(block=False) or self._new_conn()
        pool = Pool("localhost", PORT)
        def get(path):
            connection = pool._get_conn()
            connection.request("GET", path)
            text = connection.getresponse().read().decode()
            pool._put_conn(connection)
            return text
    """,
    "a session of requests": """
        import requests
        session = requests.Session()
        session.verify = AUTHORITY
        def get(path):
            return session.get(URL + path).text
    """,
    "a session of botocore": """
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session
        session = URLLib3Session(verify=AUTHORITY)
        def get(path):
            return session.send(AWSRequest("GET", URL + path).prepare()).text
    """,
    "pip's own copy of urllib3": """
        from pip._vendor import urllib3
        manager = urllib3.PoolManager(ca_certs=AUTHORITY)
        def get(path):
            return manager.request("GET", URL + path).data.decode()
    """,
    "a client made after the plugin was loaded": """
        import snapshot_restore_py
        assert [plugin.status for plugin in snapshot_restore_py.plugins()] != ["failed"]
        import urllib3
        manager = urllib3.PoolManager(ca_certs=AUTHORITY)
        def get(path):
            return manager.request("GET", URL + path).data.decode()
    """,
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
    names = {"URL": server.url, "PORT": server.port, "AUTHORITY": str(server.authority), **names}
    lines = [f"{name} = {value!r}" for name, value in names.items()]
    return "\n".join([*lines, *map(dedent, parts)])


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


def test_connections_through_a_proxy_are_closed(server, installed):
    client = """
        import urllib3
        manager = urllib3.ProxyManager(PROXY, ca_certs=AUTHORITY)
        def get(path):
            return manager.request("GET", URL + path).data.decode()
    """
    with Proxy() as proxy:
        function = code(server, client, 'get("/init")', USE, PROXY=proxy.url)
        with Snapshot(function, installed) as snapshot:
            server.wait_until_open()
            assert proxy.accepted == 1
            outcomes = snapshot.restore()
        assert proxy.accepted == 4
    assert outcomes == [f"/copy-{number}" for number in (1, 2, 3)]
    assert paths(server, 1) == ["/init"]


def test_a_pool_that_blocks_keeps_all_its_places(server, installed):
    client = """
        import urllib3
        pool = urllib3.HTTPSConnectionPool(
            "localhost", PORT, ca_certs=AUTHORITY, block=True, maxsize=3
        )
        def get(path):
            responses = [
                pool.request("GET", path, preload_content=False, pool_timeout=0) for _ in range(3)
            ]
            try:
                pool.request("GET", path, pool_timeout=0)
            except urllib3.exceptions.EmptyPoolError:
                return [response.read().decode() for response in responses]
    """
    with Snapshot(code(server, client, 'get("/init")', USE), installed) as snapshot:
        server.wait_until_open()
        outcomes = snapshot.restore()
    assert outcomes == [[f"/copy-{number}"] * 3 for number in (1, 2, 3)]
    assert server.used == set(range(1, 13))


class TestBoto3:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[AwsServer]:
        with AwsServer(tmp_path) as server:
            yield server

    CLIENT = """
        import boto3
        client = boto3.client(
            "dynamodb", endpoint_url=URL, verify=AUTHORITY, region_name="us-east-1",
            aws_access_key_id="testing", aws_secret_access_key="testing",
        )
        client.create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

        def work():
            item = {"key": {"S": f"copy-{number}"}, "value": {"N": str(number)}}
            client.put_item(TableName="table", Item=item)
            return client.get_item(TableName="table", Key={"key": item["key"]})["Item"]["value"]
    """
    RESULTS = [{"N": str(number)} for number in (1, 2, 3)]  # noqa: RUF012

    def test_a_client_made_at_init_works_in_each_copy_on_its_own_connection(
        self, server, installed
    ):
        with Snapshot(code(server, self.CLIENT), installed) as snapshot:
            server.wait_until_open()
            outcomes = snapshot.restore()
        assert outcomes == self.RESULTS
        copies = [set(re.findall(r"copy-\d", str(paths(server, one)))) for one in (2, 3, 4)]
        assert sorted(copies, key=min) == [{"copy-1"}, {"copy-2"}, {"copy-3"}]
        assert server.used == {1, 2, 3, 4}
        assert not any(request.is_resumed for request in server.requests)

    def test_without_the_plugin_copies_share_the_connection(self, server, installed):
        with Snapshot(code(server, self.CLIENT), installed, plugins="none") as snapshot:
            server.wait_until_open(1)
            snapshot.restore()
        assert is_shared(server)

    def test_a_client_made_at_init_survives_the_restart_of_the_server(self, server, installed):
        with Snapshot(code(server, self.CLIENT), installed) as snapshot:
            server.kill()
            server.start()
            outcomes = snapshot.restore()
        assert outcomes == self.RESULTS


class TestConnectionInUse:
    def test_that_of_an_unread_response_is_closed_and_the_response_says_so(self, server, installed):
        client = CLIENTS["a pool manager"]
        unread = f'response = manager.request("GET", URL + {HALF!r}, preload_content=False)'
        use = """
            def work():
                try:
                    response.read()
                except urllib3.exceptions.ProtocolError:
                    return get(f"/copy-{number}")
        """
        with Snapshot(code(server, client, unread, use), installed) as snapshot:
            server.wait_until_open()
            assert snapshot.resume() == "/copy-0"
        assert server.used == {1, 2}
        assert (
            f"RuntimeWarning: HTTPResponse of localhost:{server.port} has not been read to its "
            "end. Its connection was closed, because it would be dead after the restore"
        ) in snapshot.stderr
        assert snapshot.stderr.count("RuntimeWarning") == 1

    def test_that_of_an_unread_response_is_closed_where_the_pool_has_let_it_go(
        self, server, installed
    ):
        client = CLIENTS["a pool manager"]
        unread = f"""
            response = manager.request("GET", URL + {HALF!r}, preload_content=False)
            response._connection = None
        """
        with Snapshot(code(server, client, unread, USE), installed) as snapshot:
            server.wait_until_open()
            assert snapshot.resume() == "/copy-0"
        assert f"HTTPResponse of localhost:{server.port} has not" in snapshot.stderr

    def test_that_of_a_connection_without_a_pool_is_closed_with_a_warning(self, server, installed):
        client = """
            from urllib3.connection import HTTPSConnection
            connection = HTTPSConnection("localhost", PORT)
            connection.set_cert(ca_certs=AUTHORITY)
            connection.request("GET", "/init")

            def work():
                connection.request("GET", "/again")
                return connection.getresponse().status
        """
        with Snapshot(code(server, client), installed) as snapshot:
            server.wait_until_open()
            assert snapshot.resume() == 200
        assert paths(server, 2) == ["/again"]
        assert (
            f"RuntimeWarning: HTTPSConnection of localhost:{server.port} is in use, or belongs "
            "to no pool"
        ) in snapshot.stderr

    def test_one_that_the_server_has_ended_is_no_problem(self, server, installed):
        client = CLIENTS["a pool manager"]
        unread = f'response = manager.request("GET", URL + {HALF!r}, preload_content=False)'
        reset = """
            import socket
            response._fp.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        """
        with Snapshot(code(server, client, unread, reset, USE), installed) as snapshot:
            server.wait_until_open()
            assert snapshot.resume() == "/copy-0"
        assert snapshot.stderr.count("RuntimeWarning") == 1


def test_closed_and_half_constructed_objects_and_other_responses_are_no_problem(server, installed):
    client = """
        import io, urllib3
        from urllib3.connection import HTTPConnection, HTTPSConnection
        from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
        kinds = [HTTPConnection, HTTPSConnection, HTTPConnectionPool, HTTPSConnectionPool]
        kinds += [urllib3.PoolManager, urllib3.ProxyManager, urllib3.HTTPResponse]
        half = [kind.__new__(kind) for kind in kinds]
        closed = HTTPSConnectionPool("localhost", PORT, ca_certs=AUTHORITY)
        read = closed.request("GET", "/closed", preload_content=False)
        read.read()
        closed.close()
        lost = HTTPSConnection("localhost", PORT)
        lost.set_cert(ca_certs=AUTHORITY)
        lost.connect()
        lost.sock.close()
        own = urllib3.HTTPResponse(io.BytesIO(b"made by hand"), preload_content=False)

        def work():
            try:
                closed.request("GET", "/")
            except urllib3.exceptions.ClosedPoolError:
                return own.read().decode()
    """
    with Snapshot(code(server, client), installed) as snapshot:
        assert snapshot.resume() == "made by hand"
    assert "RuntimeWarning" not in snapshot.stderr


def test_one_that_cannot_be_closed_is_named_and_the_others_are_closed(server, installed):
    client = """
        import urllib3
        from urllib3.connection import HTTPSConnection
        class Stuck(HTTPSConnection):
            def close(self):
                if self.sock:
                    raise OSError("busy")
        manager = urllib3.PoolManager(ca_certs=AUTHORITY)
        manager.request("GET", URL + "/first")
        stuck = urllib3.HTTPSConnectionPool("127.0.0.1", PORT, ca_certs=AUTHORITY, maxsize=2)
        stuck.ConnectionCls = Stuck
        responses = [stuck.request("GET", "/stuck", preload_content=False) for _ in range(2)]
        for response in responses:
            response.read()
        urllib3.PoolManager(ca_certs=AUTHORITY).request("GET", URL + "/last")
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
    place = f"127.0.0.1:{server.port}"
    assert f"HTTPSConnectionPool of {place}: CleanUpError: " in text
    assert text.count(f"Stuck of {place}: OSError: busy") >= 2


class TestImports:
    def test_urllib3_is_not_imported(self, installed):
        code = """
            import sys
            before = set(sys.modules)
            import snapshot_restore_py
            new = set(sys.modules) - before
            seen = [sorted(new & {"urllib3", "socket", "queue", "http"})]
            seen += ["snapshot_restore_urllib3" in new]
            snapshot_restore_py.run_before_snapshot()
            tell([*seen, "urllib3" in sys.modules])
        """
        assert run(code, installed) == [[], True, False]

    @pytest.mark.parametrize("name", ["urllib3", "urllib3_future"])
    def test_urllib3_future_is_named_and_left_alone(self, installed, tmp_path, name):
        package = tmp_path / "vendor" / name
        (package / "util").mkdir(parents=True)
        (package / "util" / "traffic_police.py").touch()
        (package / "response.py").write_text("class HTTPResponse: pass")
        (package / "connectionpool.py").write_text(
            f"""import vendor.{name}.util.traffic_police
class HTTPConnectionPool:
    pool = "no queue"
"""
        )
        code = f"""
            import vendor.{name}.connectionpool, vendor.{name}.response, warnings
            pool = vendor.{name}.connectionpool.HTTPConnectionPool()
            import snapshot_restore_py
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                snapshot_restore_py.run_before_snapshot()
            tell([pool.pool, [f"{{one.category.__name__}}: {{one.message}}" for one in warned]])
        """
        pool, (warning,) = run(code, installed, None, tmp_path)
        assert pool == "no queue"
        assert warning.startswith(f"RuntimeWarning: vendor.{name} is urllib3-future, which")

    def test_a_lazy_copy_of_urllib3_stays_lazy(self, installed, tmp_path):
        package = tmp_path / "vendor" / "urllib3"
        package.mkdir(parents=True)
        (package / "connectionpool.py").write_text(
            "import sys\nsys.urllib3 = HTTPConnectionPool = 'imported'"
        )
        code = """
            import importlib.util, sys
            spec = importlib.util.find_spec("vendor.urllib3.connectionpool")
            spec.loader = importlib.util.LazyLoader(spec.loader)
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
            sys.modules["other.urllib3.response"] = None
            import snapshot_restore_py
            snapshot_restore_py.run_before_snapshot()
            is_imported = hasattr(sys, "urllib3")
            tell([is_imported, module.HTTPConnectionPool])
        """
        assert run(code, installed, None, tmp_path) == [False, "imported"]
