"""Functions that connect to a real PostgreSQL and a real Redis at their import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.servers.postgresql import PostgreSQLServer
from tests.servers.redis_servers import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Site
    from tests.rehearsal.command import Functions


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server.port
    server.kill()


@pytest.fixture(scope="module")
def postgres_port() -> Iterator[int]:
    server = PostgreSQLServer()
    yield server.port
    server.stop()


@dataclass
class Client:
    """How a function uses a library, with PORT for the server's port.

    Attributes:
        connect: Code that connects at the import.
        use: Code that the handler runs, after the snapshot's hooks too.
        close: What the hook before the snapshot does.
        again: What the hook after the restore does.
        location: Where the finding is.
    """

    connect: str
    use: str
    close: str
    again: str
    location: str

    def source(self, port: int, *, has_hooks: bool) -> str:
        lines = [self.connect.replace("PORT", str(port)), ""]
        if has_hooks:
            lines += ["from snapshot_restore_py import *", "@register_before_snapshot"]
            lines += ["def disconnect():", f"    {self.close}", "@register_after_restore"]
            lines += ["def connect():", f"    {self.again.replace('PORT', str(port))}"]
        lines += ["def handler(event, context):", f"    {self.use}"]
        return "\n".join(lines)


REDIS = {
    "redis": Client(
        "import redis\ncache = redis.Redis(port=PORT)\ncache.ping()",
        "return cache.ping()",
        "cache.connection_pool.disconnect()",
        "pass",
        "redis.connection.Connection in app.cache",
    ),
    "redis in a settings object": Client(
        "import redis\nclass Clients:\n    cache = redis.Redis(port=PORT)\nClients.cache.ping()",
        "return Clients.cache.ping()",
        "Clients.cache.close()",
        "pass",
        "redis.connection.Connection in app.Clients",
    ),
    "redis.asyncio": Client(
        "import asyncio, redis.asyncio\nloop = asyncio.new_event_loop()\n"
        "cache = redis.asyncio.Redis(host='127.0.0.1', port=PORT)\n"
        "loop.run_until_complete(cache.ping())",
        "return loop.run_until_complete(cache.ping())",
        "loop.run_until_complete(cache.connection_pool.disconnect())",
        "pass",
        "redis.asyncio.connection.Connection in app.cache",
    ),
}
# Copies that share a TLS connection would wait for each other's records.
SERVER = "host=127.0.0.1 port=PORT user=tester dbname=postgres sslmode=disable"
POSTGRES = {
    "psycopg": Client(
        f"import psycopg\ndb = psycopg.connect('{SERVER}')",
        "return db.execute('select 1').fetchone()[0]",
        "db.close()",
        f"global db; db = psycopg.connect('{SERVER}')",
        "psycopg.Connection in app.db",
    ),
    "psycopg2": Client(
        f"import psycopg2\ndb = psycopg2.connect('{SERVER}')",
        "return db.closed",
        "db.close()",
        f"global db; db = psycopg2.connect('{SERVER}')",
        "psycopg2.extensions.connection in app.db",
    ),
    "asyncpg": Client(
        "import asyncio, asyncpg\nloop = asyncio.new_event_loop()\ndb = loop.run_until_complete("
        "asyncpg.connect('postgres://tester@127.0.0.1:PORT/postgres?sslmode=disable'))",
        "return loop.run_until_complete(db.fetchval('select 1'))",
        "loop.run_until_complete(db.close())",
        "global db; db = loop.run_until_complete("
        "asyncpg.connect('postgres://tester@127.0.0.1:PORT/postgres?sslmode=disable'))",
        "asyncpg.connection.Connection in app.db",
    ),
    "a pool of SQLAlchemy": Client(
        "import sqlalchemy\n"
        "engine = sqlalchemy.create_engine('postgresql+psycopg://tester@127.0.0.1:PORT/postgres?sslmode=disable')\n"
        "with engine.connect() as connection:\n    connection.execute(sqlalchemy.text('select 1'))",
        "return engine.connect().execute(sqlalchemy.text('select 1')).scalar()",
        "engine.dispose()",
        "pass",
        "psycopg.Connection in app.engine",
    ),
}


def check(client: Client, port: int, functions: Functions) -> None:
    left_open = functions.rehearse(client.source(port, has_hooks=False))
    found = [(one["code"], one["location"]) for one in left_open.report["findings"]]
    # Restores that share a connection may fail at its use, too.
    others = [one for one in found if one[0] != "handler-failed"]
    assert others == [("open-connection", client.location)]
    assert f"127.0.0.1:{port}" in left_open.report["findings"][0]["message"]
    assert left_open.status == 1

    closed = functions.rehearse(client.source(port, has_hooks=True))
    assert (closed.codes, closed.status) == ([], 0)


@pytest.mark.parametrize("name", REDIS)
def test_a_connection_to_redis_is_told_until_a_hook_closes_it(
    name: str, redis_port: int, functions: Functions
) -> None:
    check(REDIS[name], redis_port, functions)


@pytest.mark.parametrize("name", POSTGRES)
def test_a_connection_to_postgresql_is_told_until_a_hook_closes_it(
    name: str, postgres_port: int, functions: Functions
) -> None:
    check(POSTGRES[name], postgres_port, functions)


@pytest.mark.parametrize("name", REDIS)
def test_the_plugin_that_the_fix_names_closes_the_connection_to_redis(
    name: str, redis_port: int, functions: Functions, site: Site
) -> None:
    source = REDIS[name].source(redis_port, has_hooks=False)
    finding = functions.rehearse(source).report["findings"][0]
    assert "pip install ./plugins/snapshot-restore-redis" in finding["fix"]
    site.add_ready_made("snapshot-restore-redis")
    mended = functions.rehearse(source, path=(site,))
    assert (mended.codes, mended.status) == ([], 0)


def test_the_plugin_for_sqlalchemy_closes_the_connections_of_an_engine(
    postgres_port: int, functions: Functions, site: Site
) -> None:
    site.add_ready_made("snapshot-restore-sqlalchemy")
    source = POSTGRES["a pool of SQLAlchemy"].source(postgres_port, has_hooks=False)
    mended = functions.rehearse(source, path=(site,))
    assert (mended.codes, mended.status, mended.results) == ([], 0, [1, 1, 1])


OWNERS = """
import asyncio, asyncpg, psycopg2, psycopg2.pool, psycopg_pool, redis, sqlalchemy

PLACE = "tester@127.0.0.1:PORT/postgres?sslmode=disable"
above_psycopg2 = sqlalchemy.create_engine("postgresql+psycopg2://" + PLACE)
above_psycopg = sqlalchemy.create_engine("postgresql+psycopg://" + PLACE)
for engine in (above_psycopg2, above_psycopg):
    engine.connect().close()
del engine
pool = psycopg2.pool.SimpleConnectionPool(1, 1, "postgres://" + PLACE)
refilled = psycopg_pool.ConnectionPool("postgres://" + PLACE, min_size=1, max_size=1, open=True)
refilled.wait()
alone = psycopg2.connect("postgres://" + PLACE)
loop = asyncio.new_event_loop()
awaited = loop.run_until_complete(asyncpg.connect("postgres://" + PLACE))
cache = redis.Redis(port=REDIS)
cache.ping()


def handler(event, context):
    return {}
"""


def test_the_plugin_of_the_library_that_owns_a_connection_is_named(
    postgres_port: int, redis_port: int, functions: Functions, site: Site
) -> None:
    source = OWNERS.replace("PORT", str(postgres_port)).replace("REDIS", str(redis_port))
    findings = functions.rehearse(source).report["findings"]
    fixes = {
        one["location"].rpartition(" in app.")[2]: one["fix"]
        for one in findings
        if one["code"] == "open-connection"
    }
    owners = {
        "above_psycopg2": "sqlalchemy",
        "above_psycopg": "sqlalchemy",
        "pool": "postgres",
        "refilled": "psycopg",
        "cache": "redis",
    }
    for name, plugin in owners.items():
        assert fixes.pop(name).startswith(f"Install the plugin snapshot-restore-{plugin} (1.x)")
        site.add_ready_made(f"snapshot-restore-{plugin}")
    threads = [one["fix"] for one in findings if one["code"] == "running-thread"]
    assert all(one.startswith("Install the plugin snapshot-restore-psycopg ") for one in threads)
    assert threads
    # What no plugin opens again is opened by code if that is sure.
    alone = fixes.pop("alone")
    assert "    alone.close()\n" in alone
    assert "    alone = psycopg2.connect('postgres://' + PLACE)" in alone
    (awaited,) = fixes.values()
    assert awaited.endswith("in a hook, and open it again after the restore.")
    mended = functions.again(path=(site,))
    assert not {"open-connection", "running-thread"} & {*mended.codes}, mended.report["findings"]
