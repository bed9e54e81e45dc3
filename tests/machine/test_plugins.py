"""Every ready-made plugin in restores that are real, with real servers; and what is without it.

The clients are in `proofs/`: each module uses them before the snapshot, and again in each
restore.
"""

from __future__ import annotations

import fcntl
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from snapshot_restore_py.testing import MicroVM
from tests.conftest import ROOT
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
from tests.snapshots import environment, install

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

PLUGINS = sorted(one.name for one in (ROOT / "plugins").iterdir())
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
    """The program of an environment with all libraries and plugins, and a folder for machines.

    All processes that run tests at the same time have the same, and the same booted machine.
    """
    try:
        MicroVM()
    except NotImplementedError as missing:
        pytest.skip(str(missing))
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    program, cache = base / "libraries" / "bin" / "python", base / "libraries-cache"
    with open(base / "libraries.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cache.exists():
            _, site = small_python(base / "libraries", *LIBRARIES)
            install(site, *PLUGINS)
            cache.mkdir()
            with pytest.MonkeyPatch.context() as patch:
                enter(patch, program, cache)
                MicroVM().restores(1, nothing)
    return program, cache


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
                2 if plugins == "none" else 3,
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


def test_with_redis_each_restore_has_connections_of_its_own(restored, redis):
    assert all(unlike(restored(redis_clients, "redis", redis)).values())


def test_with_redis_what_is_cached_is_read_again_and_subscriptions_go_on(restored, redis):
    results = restored(
        redis_clients,
        "redis",
        redis,
        before=redis_clients.begin_more,
        call=redis_clients.go_on_with_more,
    )
    assert results == [{"cached": ["old", "new"], "heard": [True, True]}] * 3


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


def test_with_psycopg_each_restore_has_connections_of_its_own(restored, postgresql):
    assert all(unlike(restored(psycopg_pools, "psycopg", postgresql)).values())


def test_with_postgres_each_restore_has_connections_of_its_own(restored, postgresql):
    assert all(unlike(restored(postgres_pools, "postgres", postgresql)).values())


def test_with_sqlalchemy_each_restore_has_connections_of_its_own(restored, postgresql, mariadb):
    results = restored(sqlalchemy_engines, "sqlalchemy", postgresql, mariadb)
    assert all(unlike(results).values())


def test_with_mysql_each_restore_has_connections_of_its_own(restored, mariadb):
    assert all(unlike(restored(mysql_connections, "mysql", mariadb)).values())


def written(server: MongoDBServer, results: list[Any]) -> dict[str, list[bool]]:
    """Tell for each client whether the server has what the restores were told is written."""
    names = {document["_id"] for document in server.documents}
    return {name: [one[name][1] in names for one in results] for name in results[0]}


def test_with_pymongo_what_each_restore_writes_is_written(restored, mongodb):
    results = restored(mongodb_clients, "pymongo", mongodb)
    assert written(mongodb, results) == {name: [True] * 3 for name in results[0]}


def test_without_pymongo_writes_are_lost_and_nobody_is_told(restored, mongodb):
    results = restored(mongodb_clients, "none", mongodb)
    assert not any("failed" in text for one in failures(results).values() for text in one)
    assert written(mongodb, results) == {name: [True, False] for name in results[0]}


def test_with_grpc_each_restore_has_connections_of_its_own(restored, grpc):
    assert all(unlike(restored(grpc_channels, "grpc", grpc)).values())


def uses_of_connections(server: HttpsServer) -> list[list[str]]:
    """Return what was asked for over each connection."""
    return [
        [one.path for one in server.requests if one.connection == number]
        for number in sorted(server.used)
    ]


def test_with_httpx_each_restore_has_connections_of_its_own(restored, https):
    results = restored(httpx_clients, "httpx", https)
    assert failures(results) == {
        "a client of httpx": {"/sync"},
        "an async client of httpx": {"/async"},
    }
    assert sorted(uses_of_connections(https)) == [["/async"]] * 4 + [["/sync"]] * 4


def test_with_urllib3_each_restore_has_connections_of_its_own(restored, https):
    results = restored(urllib3_pools, "urllib3", https)
    assert failures(results) == {
        "a pool of urllib3": {"/pool"},
        "a session of requests": {"/session"},
    }
    assert sorted(uses_of_connections(https)) == [["/pool"]] * 4 + [["/session"]] * 4


def test_with_aiohttp_each_restore_has_a_connection_of_its_own(restored, collector):
    results = restored(aiohttp_sessions, "aiohttp", collector)
    assert failures(results) == {"a session": {"200"}}
    assert (collector.connections, len(collector.requests)) == (4, 4)


def test_without_aiohttp_what_is_sent_first_is_lost(restored, collector):
    (lost,) = failures(restored(aiohttp_sessions, "none", collector)).values()
    assert lost <= {"failed: ClientOSError", "failed: ServerDisconnectedError"}
    assert len(collector.requests) == 1


def test_with_opentelemetry_the_init_is_told_once_and_each_restore_has_an_id(restored, collector):
    # The connection of the exporter is one of urllib3's.
    assert restored(telemetry, "opentelemetry, urllib3", collector) == [True] * 3
    spans = collector.spans()
    assert sorted(name for name, _ in spans) == ["init", *["restore"] * 3]
    assert len({identity for _, identity in spans}) == 4
    assert collector.connections == 4


def test_without_opentelemetry_each_restore_tells_of_the_init_under_one_id(restored, collector):
    restored(telemetry, "none", collector)
    spans = collector.spans()
    assert sorted(name for name, _ in spans) == ["init"] * 2 + ["restore"] * 2
    assert len({identity for _, identity in spans}) == 1


NAMED = {"SNAPSHOT_RESTORE_CACHES": f"{caches.__name__}.named"}


def test_with_caches_what_was_kept_an_hour_ago_is_asked_for_again(restored):
    for ages in restored(caches, "caches", age=3600, env=NAMED):
        assert {name for name, age in ages.items() if age >= 3600} == set(ages)


def test_without_caches_what_was_kept_an_hour_ago_looks_fresh(restored):
    for ages in restored(caches, "none", age=3600, env=NAMED):
        assert set(ages.values()) == {0}


def test_with_random_all_restores_draw_differently(restored):
    results = restored(draws, "random")
    alike = {name for name in results[0] if len({one[name] for one in results}) < 3}
    assert alike == set()


def test_without_random_all_draw_the_same_but_what_asks_the_kernel(restored):
    results = restored(draws, "none")
    unlike = {name for name in results[0] if len({one[name] for one in results}) > 1}
    assert unlike == {"uuid", "secrets"}


def test_with_standard_all_plugins_work_together(restored, redis, postgresql, mariadb, grpc, https):
    results = restored(everything, None, redis, postgresql, mariadb, grpc, https)
    told = {name: one for name, one in unlike(results).items() if "/" not in str(results[0][name])}
    assert set(told.values()) == {True}
    assert len(uses_of_connections(https)) == 4 * (len(results[0]) - len(told))


@pytest.fixture(scope="module")
def without(restored, redis, postgresql, mariadb, tmp_path_factory):
    """What the clients of all modules came to without a plugin."""
    grpc = GrpcServer()
    try:
        with HttpsServer(tmp_path_factory.mktemp("https")) as https:
            servers = (redis, postgresql, mariadb, grpc, https)
            return failures(restored(everything, "none", *servers))
    finally:
        grpc.stop()


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
        ("a client of httpx", {"ReadError"}),
        ("an async client of httpx", {"ReadError"}),
        ("a pool of urllib3", {"ProtocolError"}),
        ("a session of requests", {"ConnectionError"}),
    ],
)
def test_without_a_plugin_the_first_use_fails(without, client, errors):
    assert without[client] <= {f"failed: {error}" for error in errors}
