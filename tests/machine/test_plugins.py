"""Every ready-made plugin in restores that are real, with real servers; and what is without it.

The clients are in `proofs/`: each module uses them before the snapshot, and again in each
restore. What takes long is each plugin without the others.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from snapshot_restore_py.testing import MicroVM
from tests.conftest import ROOT
from tests.machine.conftest import takes_long
from tests.machine.proofs import (
    aiohttp_sessions,
    caches,
    draws,
    everything,
    grpc_channels,
    httpx_clients,
    mongodb_clients,
    mysql_connections,
    nothing,
    postgres_pools,
    psycopg_pools,
    redis_clients,
    sqlalchemy_engines,
    telemetry,
    urllib3_pools,
)
from tests.machine.pythons import small_python
from tests.servers.grpc_server import GrpcServer
from tests.servers.https import HttpsServer
from tests.servers.mariadb import MariaDBServer
from tests.servers.mongodb import MongoDBServer
from tests.servers.postgresql import PostgreSQLServer
from tests.servers.redis_servers import RedisServer
from tests.servers.telemetry import Collector
from tests.sharing import made_once
from tests.snapshots import environment, install

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

PLUGINS = sorted(one.name for one in (ROOT / "plugins").iterdir())
NAMED = {"SNAPSHOT_RESTORE_CACHES": f"{caches.__name__}.named"}
# Seconds: longer than things live in the caches, and less than OpenSSL waits to reseed itself.
AGE = 3000
LIMIT = 400  # seconds; only guards against a test that hangs
LIBRARIES = (
    *("aiohttp", "aiomysql", "asyncpg", "cachetools", "cryptography"),
    *("faker", "grpcio", "httpx", "numpy", "opentelemetry-exporter-otlp-proto-http"),
    *("opentelemetry-sdk", "psycopg", "psycopg-binary", "psycopg-pool", "psycopg2-binary"),
    *("PyJWT", "pymongo", "PyMySQL", "redis", "requests", "SQLAlchemy", "urllib3", "uuid-utils"),
    "greenlet",  # for SQLAlchemy's async engines
)


@pytest.fixture(scope="session")
def libraries(tmp_path_factory) -> tuple[Path, Path]:
    """The program of an environment with all libraries and plugins, and a folder for machines."""
    try:
        MicroVM()
    except NotImplementedError as missing:
        pytest.skip(str(missing))
    folder = made_once(tmp_path_factory.getbasetemp(), "libraries", _with_libraries)
    return folder / "environment" / "bin" / "python", folder / "cache"


def _with_libraries(folder: Path) -> None:
    program, site = small_python(folder / "environment", *LIBRARIES)
    install(site, *PLUGINS)
    (folder / "cache").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        enter(patch, program, folder / "cache")
        MicroVM().restores(1, nothing)


def enter(patch: pytest.MonkeyPatch, program: Path, cache: Path) -> None:
    """Let machines be those of an environment."""
    patch.setattr(sys, "executable", str(program))
    for name in set(os.environ) - set(environment(None)):  # Of this system, not of the tests.
        patch.delenv(name)
    patch.delenv("PYTHONPATH", raising=False)
    patch.setenv("XDG_CACHE_HOME", str(cache))


@pytest.fixture(scope="module")
def restored(libraries):
    """Restore what a module begins, and return the results."""
    machines = MicroVM()

    def restored(
        module: ModuleType, plugins: str | None, *servers: Any, env: Any = None, **options: Any
    ) -> list[Any]:
        env = {**(env or {}), **variables(*servers)}
        if plugins:
            env["SNAPSHOT_RESTORE_PLUGINS"] = plugins
        with pytest.MonkeyPatch.context() as patch:
            enter(patch, *libraries)
            return machines.restores(
                3 if plugins and plugins != "none" else 2,
                options.pop("call", module.go_on),
                before=options.pop("before", module.begin),
                host_ports=[one.port for one in servers],
                env=env,
                timeout=LIMIT,
                **options,
            )

    return restored


def variables(*servers: Any) -> dict[str, str]:
    """Return the variables by which the clients find servers."""
    found = {}
    for one in servers:
        name = type(one).__name__.replace("Server", "").upper()
        found[f"{name}_PORT"] = str(one.port)
        if isinstance(one, HttpsServer):
            found["AUTHORITY"] = one.authority.read_text()
    return found


def unlike(results: list[dict[str, list[Any]]]) -> dict[str, bool]:
    """Tell for each client whether each restore, and the init, had a connection of its own."""
    found = {}
    for name in results[0]:
        seen = [one[name][1] for one in results] + [results[0][name][0]]
        assert not [one for one in seen if str(one).startswith("failed: ")], results
        found[name] = len(set(seen)) == len(results) + 1
    return found


def failures(results: list[dict[str, list[Any]]]) -> dict[str, set[str]]:
    """Return for each client what its use in the restores came to."""
    return {name: {str(one[name][1]) for one in results} for name in results[0]}


def failed(results: list[dict[str, list[Any]]]) -> set[str]:
    """Return what the uses that failed came to."""
    return {
        text for one in failures(results).values() for text in one if text.startswith("failed: ")
    }


@pytest.fixture(scope="module")
def postgresql():
    server = PostgreSQLServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def mariadb():
    server = MariaDBServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def mongodb():
    server = MongoDBServer()
    yield server
    server.stop()


@pytest.fixture
def grpc():
    server = GrpcServer()
    yield server
    server.stop()


@pytest.fixture
def https(tmp_path):
    with HttpsServer(tmp_path) as server:
        yield server


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


def test_all_plugins_are_proven():
    """Each one in a test of its own below, but for the one that requires all others."""
    proven = {name for name in globals() if name.startswith("test_with_")}
    names = [one.rpartition("-")[2] for one in PLUGINS]
    assert [name for name in names if not any(f"_{name}_" in one for one in proven)] == []


@takes_long
def test_with_redis_each_restore_has_connections_of_its_own(restored, redis):
    assert all(unlike(restored(redis_clients, "redis", redis)).values())


@takes_long
def test_with_redis_what_is_cached_is_read_again_and_subscriptions_go_on(restored, redis):
    results = restored(
        redis_clients,
        "redis",
        redis,
        before=redis_clients.begin_more,
        call=redis_clients.go_on_with_more,
    )
    assert results == [{"cached": ["old", "new"], "heard": [True, True]}] * 3


@takes_long
def test_without_redis_what_is_cached_is_old_and_subscriptions_are_silent(restored, redis):
    (first, _) = restored(
        redis_clients,
        "none",
        redis,
        before=redis_clients.begin_more,
        call=redis_clients.go_on_with_more,
        env={"LOOKS": "20"},
    )
    assert first["cached"][1] != "new"
    assert first["heard"] == [True, False]


@takes_long
def test_with_psycopg_each_restore_has_connections_of_its_own(restored, postgresql):
    assert all(unlike(restored(psycopg_pools, "psycopg", postgresql)).values())


@takes_long
def test_with_postgres_each_restore_has_connections_of_its_own(restored, postgresql):
    assert all(unlike(restored(postgres_pools, "postgres", postgresql)).values())


@takes_long
def test_with_sqlalchemy_each_restore_has_connections_of_its_own(restored, postgresql, mariadb):
    results = restored(sqlalchemy_engines, "sqlalchemy", postgresql, mariadb)
    assert all(unlike(results).values())


@takes_long
def test_with_mysql_each_restore_has_connections_of_its_own(restored, mariadb):
    assert all(unlike(restored(mysql_connections, "mysql", mariadb)).values())


def written(server: MongoDBServer, results: list[Any]) -> dict[str, list[bool]]:
    """Tell for each client whether the server has what the restores were told is written."""
    names = {document["_id"] for document in server.documents}
    return {name: [one[name][1] in names for one in results] for name in results[0]}


@takes_long
def test_with_pymongo_what_each_restore_writes_is_written(restored, mongodb):
    results = restored(mongodb_clients, "pymongo", mongodb)
    assert written(mongodb, results) == {name: [True] * 3 for name in results[0]}


@takes_long
def test_with_grpc_each_restore_has_connections_of_its_own(restored, grpc):
    assert all(unlike(restored(grpc_channels, "grpc", grpc)).values())


def uses_of_connections(server: HttpsServer) -> list[list[str]]:
    """Return what was asked for over each connection."""
    return [
        [one.path for one in server.requests if one.connection == number]
        for number in sorted(server.used)
    ]


@takes_long
def test_with_httpx_each_restore_has_connections_of_its_own(restored, https):
    results = restored(httpx_clients, "httpx", https)
    assert failures(results) == {
        "a client of httpx": {"/sync"},
        "an async client of httpx": {"/async"},
    }
    assert sorted(uses_of_connections(https)) == [["/async"]] * 4 + [["/sync"]] * 4


@takes_long
def test_with_urllib3_each_restore_has_connections_of_its_own(restored, https):
    results = restored(urllib3_pools, "urllib3", https)
    assert failures(results) == {
        "a pool of urllib3": {"/pool"},
        "a session of requests": {"/session"},
    }
    assert sorted(uses_of_connections(https)) == [["/pool"]] * 4 + [["/session"]] * 4


@takes_long
def test_with_aiohttp_each_restore_has_a_connection_of_its_own(restored, collector):
    results = restored(aiohttp_sessions, "aiohttp", collector)
    assert failures(results) == {"a session of aiohttp": {"200"}}
    assert (collector.connections, len(collector.requests)) == (4, 4)


@takes_long
def test_with_opentelemetry_the_init_is_told_once_and_each_restore_has_an_id(restored, collector):
    # The connection of the exporter is one of urllib3's.
    assert restored(telemetry, "opentelemetry, urllib3", collector) == [True] * 3
    spans = collector.spans()
    assert sorted(name for name, _ in spans) == ["init", *["restore"] * 3]
    assert len({identity for _, identity in spans}) == 4
    assert collector.connections == 4


@takes_long
def test_with_caches_what_was_kept_for_longer_is_asked_for_again(restored):
    for ages in restored(caches, "caches", age=AGE, env=NAMED):
        assert all(age >= AGE for age in ages.values())


def alike(draws: list[dict[str, Any]]) -> set[str]:
    """Return what two restores have drawn alike."""
    return {name for name in draws[0] if len({one[name] for one in draws}) < len(draws)}


@takes_long
def test_with_random_all_restores_draw_differently(restored):
    assert alike(restored(draws, "random")) == set()


CONNECTIONS = (
    *("grpc_channels", "mysql_connections", "postgres_pools", "psycopg_pools", "redis_clients"),
    "sqlalchemy_engines",
)
OTHERS = ("aiohttp_sessions", "httpx_clients", "mongodb_clients", "urllib3_pools")


@pytest.fixture(scope="module")
def everything_restored(restored, request, tmp_path_factory):
    """Restore what all modules begin; return their results, and what the servers have seen."""

    def everything_restored(plugins: str | None) -> dict[str, Any]:
        databases = map(request.getfixturevalue, ("redis", "postgresql", "mariadb"))
        with contextlib.ExitStack() as stack:
            https = stack.enter_context(HttpsServer(tmp_path_factory.mktemp("https")))
            collector = stack.enter_context(Collector())
            mongodb, grpc = MongoDBServer(), GrpcServer()
            stack.callback(mongodb.stop)
            stack.callback(grpc.stop)
            servers = (*databases, https, collector, mongodb, grpc)
            results = restored(everything, plugins, *servers, age=AGE, env=NAMED)
            found = {name: [one[name] for one in results] for name in results[0]}
            return {
                **found,
                "written": written(mongodb, found["mongodb_clients"]),
                "paths": uses_of_connections(https),
                "spans": collector.spans(),
                "requests": [path for path, _ in collector.requests],
            }

    return everything_restored


def test_with_standard_all_plugins_work_together(everything_restored):
    found = everything_restored(None)
    for name in CONNECTIONS:
        assert all(unlike(found[name]).values())
    for name in OTHERS:
        assert not failed(found[name])
    assert found["written"] == {"a client": [True] * 2, "an async client": [True] * 2}
    assert sorted(found["paths"]) == sorted(
        [path] for path in ("/async", "/pool", "/session", "/sync") for _ in range(3)
    )
    assert sorted(name for name, _ in found["spans"]) == ["init", *["restore"] * 2]
    assert all(age >= AGE for ages in found["caches"] for age in ages.values())
    assert alike(found["draws"]) == set()


@pytest.fixture(scope="module")
def without(tmp_path_factory, everything_restored):
    """What all modules came to without a plugin; found once for all processes."""

    def write(folder):
        folder.mkdir()
        (folder / "found.json").write_text(json.dumps(everything_restored("none")))

    folder = made_once(tmp_path_factory.getbasetemp(), "without", write)
    return json.loads((folder / "found.json").read_text())


@pytest.mark.parametrize(
    ("client", "errors"),
    [
        ("a client of Redis", {"ConnectionError"}),
        ("a pool of Redis that blocks", {"ConnectionError"}),
        ("an async client of Redis", {"ConnectionError"}),
        ("psycopg's pool", {"OperationalError"}),
        ("psycopg's async pool", {"OperationalError"}),
        ("psycopg2's pool", {"OperationalError"}),
        ("asyncpg's pool", {"ConnectionDoesNotExistError", "ConnectionResetError"}),
        ("an engine with psycopg", {"OperationalError"}),
        ("an engine with psycopg2", {"OperationalError"}),
        ("an engine with PyMySQL", {"OperationalError"}),
        ("an async engine with asyncpg", {"DBAPIError", "InterfaceError"}),
        ("a connection of PyMySQL", {"OperationalError"}),
        ("aiomysql's pool", {"OperationalError"}),
        ("a channel of gRPC", {"_InactiveRpcError"}),
        ("an async channel of gRPC", {"AioRpcError"}),
        ("a client of httpx", {"ReadError"}),
        ("an async client of httpx", {"ReadError"}),
        ("a pool of urllib3", {"ProtocolError"}),
        ("a session of requests", {"ConnectionError"}),
        ("a session of aiohttp", {"ClientOSError", "ServerDisconnectedError"}),
    ],
)
def test_without_a_plugin_the_first_use_fails(without, client, errors):
    (module,) = [name for name in (*CONNECTIONS, *OTHERS) if client in without[name][0]]
    assert failures(without[module])[client] <= {f"failed: {error}" for error in errors}


def test_without_aiohttps_plugin_what_is_sent_first_is_lost(without):
    assert without["requests"].count("/order") == 1


def test_without_pymongos_plugin_writes_are_lost_and_nobody_is_told(without):
    assert not failed(without["mongodb_clients"])
    assert without["written"] == {"a client": [True, False], "an async client": [True, False]}


def test_without_opentelemetrys_plugin_each_restore_tells_of_the_init_under_one_id(without):
    assert sorted(name for name, _ in without["spans"]) == ["init"] * 2 + ["restore"] * 2
    assert len({identity for _, identity in without["spans"]}) == 1


def test_without_a_plugin_caches_take_what_is_old_for_fresh(without):
    assert {age for ages in without["caches"] for age in ages.values()} == {0}


def test_without_a_plugin_all_draw_the_same_but_what_asks_the_kernel(without):
    assert set(without["draws"][0]) - alike(without["draws"]) == {"uuid", "secrets"}
