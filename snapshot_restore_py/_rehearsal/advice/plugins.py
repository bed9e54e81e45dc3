"""Tells which of our plugins mends what, and how to install it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .fix import Command, Fix

if TYPE_CHECKING:
    from collections.abc import Iterable

RANDOM = "snapshot-restore-random"
# By the module of a class whose objects it takes care of, together with what these use, or a
# package around it. Where only pools are named, what is none would stay closed.
_FOR_CONNECTIONS = {
    "aiohttp": "snapshot-restore-aiohttp",
    "aiomysql.pool": "snapshot-restore-mysql",
    "asyncmy.pool": "snapshot-restore-mysql",
    "asyncpg.pool": "snapshot-restore-postgres",
    "boto3": "snapshot-restore-urllib3",
    "botocore": "snapshot-restore-urllib3",
    "httpcore": "snapshot-restore-httpx",
    "httpcore2": "snapshot-restore-httpx",
    "httpx": "snapshot-restore-httpx",
    "httpx2": "snapshot-restore-httpx",
    "mysql.connector.pooling": "snapshot-restore-mysql",
    "psycopg2.pool": "snapshot-restore-postgres",
    "psycopg_pool": "snapshot-restore-psycopg",
    "pymongo": "snapshot-restore-pymongo",
    "pymysql": "snapshot-restore-mysql",
    "redis": "snapshot-restore-redis",
    "requests": "snapshot-restore-urllib3",
    "sqlalchemy": "snapshot-restore-sqlalchemy",
    "urllib3": "snapshot-restore-urllib3",
    "valkey": "snapshot-restore-redis",
}
# Those that end their threads before the snapshot, and start them again.
_FOR_THREADS = ("psycopg_pool", "pymongo")
_AGEING = re.compile(r"\b(TTLCache|TLRUCache|PyJWKClient)\(")


def for_connection(modules: Iterable[str]) -> str:
    """Return the plugin that closes a connection; empty if there is none.

    Args:
        modules: Those of the classes on the way from the function's name to the connection:
            what owns the others comes first.
    """
    found = (_around(one, _FOR_CONNECTIONS) for one in modules)
    return next((_FOR_CONNECTIONS[one] for one in found if one), "")


def for_thread(module: str) -> str:
    """Return the plugin that ends a thread whose target is in a module; empty if none does."""
    package = _around(module, _FOR_THREADS)
    return _FOR_CONNECTIONS[package] if package else ""


def for_cache(code: str) -> str:
    """Return the plugin that empties a cache after the restore; empty if there is none.

    Args:
        code: What makes the cache, or an object that has one.
    """
    return "snapshot-restore-caches" if _AGEING.search(code) else ""


def _around(module: str, known: Iterable[str]) -> str:
    """Return which of some modules a module is, or is in; empty if none."""
    return next((one for one in known if f"{module}.".startswith(f"{one}.")), "")


def command(plugin: str) -> Command:
    """Return the command that installs a plugin, to be run where this project's sources are.

    Its name alone would be looked for on PyPI, where it is nobody's, and anybody's, yet.
    """
    return Command(f"pip install ./plugins/{plugin}")


def install(plugin: str) -> Fix:
    """Return the advice to install a plugin."""
    words = (
        f"Install the plugin {plugin} (1.x), which needs no code. It is not on PyPI yet: install "
        "it from the folder plugins/ of the sources of snapshot-restore, and from their root:"
    )
    return Fix((words, command(plugin)))
