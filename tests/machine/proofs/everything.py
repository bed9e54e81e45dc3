"""All clients whose uses tell of a connection of their own, in one process."""

from __future__ import annotations

from . import (
    grpc_channels,
    httpx_clients,
    mysql_connections,
    postgres_pools,
    psycopg_pools,
    redis_clients,
    sqlalchemy_engines,
    urllib3_pools,
)
from .uses import used_again

MODULES = (
    *(redis_clients, psycopg_pools, postgres_pools, sqlalchemy_engines, mysql_connections),
    *(grpc_channels, httpx_clients, urllib3_pools),
)


def begin():
    return {name: use for module in MODULES for name, use in module.begin().items()}


def go_on(begun):
    return used_again(begun)
