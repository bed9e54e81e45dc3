"""A session of aiohttp; each use sends something, which aiohttp does not try again by itself."""

from __future__ import annotations

import asyncio
import os

from .uses import used, used_again

LOOP = asyncio.new_event_loop()


def begin():
    import aiohttp

    async def start():
        connector = aiohttp.TCPConnector(keepalive_timeout=10_000)
        return aiohttp.ClientSession(connector=connector)

    session = LOOP.run_until_complete(start())
    url = f"http://127.0.0.1:{os.environ['COLLECTOR_PORT']}/order"

    async def use():
        async with session.post(url, data=b"order") as response:
            return response.status

    return used({"a session of aiohttp": lambda: LOOP.run_until_complete(use())})


def go_on(begun):
    return used_again(begun)
