"""A session of aiohttp that the first invocation makes, in a loop that all of them share.

needs aiohttp
"""

import asyncio
import os

import aiohttp

loop = asyncio.new_event_loop()
_session = None


async def session():
    global _session
    if _session is None or _session.closed:
        _session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
    return _session


async def main():
    async with (await session()).get(f"http://127.0.0.1:{os.environ['PEER_PORT']}/") as response:
        return response.status


def handler(event, context):
    return loop.run_until_complete(main())
