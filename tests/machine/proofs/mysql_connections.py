"""Connections to MariaDB; each use tells the server's number of its connection."""

from __future__ import annotations

import asyncio
import os

from .uses import used, used_again

LOOP = asyncio.new_event_loop()
QUESTION = "SELECT connection_id()"


def begin():
    import aiomysql
    import pymysql

    place = {"host": "127.0.0.1", "port": int(os.environ["MARIADB_PORT"]), "user": "tester"}
    connection = pymysql.connect(**place)
    pool = LOOP.run_until_complete(aiomysql.create_pool(minsize=1, maxsize=1, loop=LOOP, **place))

    def use():
        with connection.cursor() as cursor:
            cursor.execute(QUESTION)
            return cursor.fetchone()[0]

    async def use_async():
        async with pool.acquire() as lent, lent.cursor() as cursor:
            await cursor.execute(QUESTION)
            return (await cursor.fetchone())[0]

    return used(
        {
            "a connection of PyMySQL": use,
            "aiomysql's pool": lambda: LOOP.run_until_complete(use_async()),
        }
    )


def go_on(begun):
    return used_again(begun)
