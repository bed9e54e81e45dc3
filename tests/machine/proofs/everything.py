"""What all the other modules have, in one process."""

from __future__ import annotations

from . import (
    aiohttp_sessions,
    caches,
    draws,
    grpc_channels,
    httpx_clients,
    mongodb_clients,
    mysql_connections,
    postgres_pools,
    psycopg_pools,
    redis_clients,
    sqlalchemy_engines,
    telemetry,
    urllib3_pools,
)

MODULES = (
    *(aiohttp_sessions, caches, draws, grpc_channels, httpx_clients, mongodb_clients),
    *(mysql_connections, postgres_pools, psycopg_pools, redis_clients, sqlalchemy_engines),
    *(telemetry, urllib3_pools),
)


def begin():
    return {module.__name__.rpartition(".")[2]: (module, module.begin()) for module in MODULES}


def go_on(begun):
    return {name: module.go_on(one) for name, (module, one) in begun.items()}
