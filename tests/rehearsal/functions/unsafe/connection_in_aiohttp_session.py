"""A session of aiohttp that was used in a loop at the import, and is still open.

needs aiohttp
error open-connection
"""

import asyncio
import os

import aiohttp

loop = asyncio.new_event_loop()


async def start():
    session = aiohttp.ClientSession()
    async with session.get(f"http://127.0.0.1:{os.environ['PEER_PORT']}/flags") as response:
        await response.read()
    return session


session = loop.run_until_complete(start())


def handler(event, context):
    return session.closed
