"""A session of aiohttp for each invocation.

needs aiohttp
"""

import asyncio
import os

import aiohttp

timeout = aiohttp.ClientTimeout(total=5)


async def main():
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async with session.get(f"http://127.0.0.1:{os.environ['PEER_PORT']}/") as response:
            return response.status


def handler(event, context):
    return asyncio.run(main())
