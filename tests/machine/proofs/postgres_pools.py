"""Pools of psycopg2 and asyncpg; each use tells the process of the server that serves it."""

from __future__ import annotations

import asyncio
import os

from .uses import used, used_again

LOOP = asyncio.new_event_loop()


def begin():
    import asyncpg
    import psycopg2.pool

    port = int(os.environ["POSTGRESQL_PORT"])
    pool = psycopg2.pool.SimpleConnectionPool(
        1, 1, host="127.0.0.1", port=port, user="tester", dbname="postgres", sslmode="disable"
    )
    asynchronous = LOOP.run_until_complete(
        asyncpg.create_pool(
            host="127.0.0.1",
            port=port,
            user="tester",
            database="postgres",
            ssl=False,
            min_size=1,
            max_size=1,
            max_inactive_connection_lifetime=0,
            loop=LOOP,
        )
    )

    def use():
        connection = pool.getconn()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                return cursor.fetchone()[0]
        finally:
            pool.putconn(connection)

    def use_async():
        return LOOP.run_until_complete(asynchronous.fetchval("SELECT pg_backend_pid()"))

    return used({"psycopg2's pool": use, "asyncpg's pool": use_async})


def go_on(begun):
    return used_again(begun)
