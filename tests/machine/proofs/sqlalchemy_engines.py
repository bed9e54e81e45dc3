"""Engines of SQLAlchemy; each use tells the server's number of its connection."""

from __future__ import annotations

import asyncio
import os

from .uses import used, used_again

LOOP = asyncio.new_event_loop()


def begin():
    import sqlalchemy
    import sqlalchemy.ext.asyncio

    postgresql = f"tester@127.0.0.1:{os.environ['POSTGRESQL_PORT']}/postgres"
    mariadb = f"tester@127.0.0.1:{os.environ['MARIADB_PORT']}/shop"
    pid = sqlalchemy.text("SELECT pg_backend_pid()")
    number = sqlalchemy.text("SELECT connection_id()")
    asynchronous = sqlalchemy.ext.asyncio.create_async_engine(
        f"postgresql+asyncpg://{postgresql}?ssl=disable"
    )

    def using(url, question):
        engine = sqlalchemy.create_engine(url)

        def use():
            with engine.connect() as connection:
                return connection.scalar(question)

        return use

    async def use_async():
        async with asynchronous.connect() as connection:
            return await connection.scalar(pid)

    return used(
        {
            "an engine with psycopg": using(
                f"postgresql+psycopg://{postgresql}?sslmode=disable", pid
            ),
            "an engine with psycopg2": using(
                f"postgresql+psycopg2://{postgresql}?sslmode=disable", pid
            ),
            "an engine with PyMySQL": using(f"mysql+pymysql://{mariadb}", number),
            "an async engine with asyncpg": lambda: LOOP.run_until_complete(use_async()),
        }
    )


def go_on(begun):
    return used_again(begun)
