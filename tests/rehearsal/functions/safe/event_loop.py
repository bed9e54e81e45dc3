"""An event loop made at the import, whose own pair of sockets is not a connection."""

import asyncio

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)


async def answer():
    return 42


ANSWER = loop.run_until_complete(answer())


def handler(event, context):
    return loop.run_until_complete(answer())
