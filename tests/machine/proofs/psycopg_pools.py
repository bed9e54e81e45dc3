"""Pools of psycopg; each use tells the process of the server that serves it."""

from __future__ import annotations

import asyncio
import os

from .uses import used, used_again

LOOP = asyncio.new_event_loop()


def begin():
    import psycopg_pool

    place = f"postgresql://tester@127.0.0.1:{os.environ['POSTGRESQL_PORT']}/postgres"
    place += "?sslmode=disable"
    pool = psycopg_pool.ConnectionPool(place, min_size=1, max_size=1, open=True)
    asynchronous = psycopg_pool.AsyncConnectionPool(place, min_size=1, max_size=1, open=False)
    LOOP.run_until_complete(asynchronous.open())

    def use():
        with pool.connection(60) as connection:
            return connection.execute("SELECT pg_backend_pid()").fetchone()[0]

    async def use_async():
        async with asynchronous.connection(60) as connection:
            cursor = await connection.execute("SELECT pg_backend_pid()")
            return (await cursor.fetchone())[0]

    return used(
        {
            "psycopg's pool": use,
            "psycopg's async pool": lambda: LOOP.run_until_complete(use_async()),
        }
    )


def go_on(begun):
    return used_again(begun)
