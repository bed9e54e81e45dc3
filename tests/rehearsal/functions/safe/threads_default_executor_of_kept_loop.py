"""One event loop for all invocations, whose executor has no thread before the first."""

import asyncio

loop = asyncio.new_event_loop()


async def main():
    return await asyncio.get_running_loop().run_in_executor(None, sorted, [3, 1, 2])


def handler(event, context):
    return loop.run_until_complete(main())
