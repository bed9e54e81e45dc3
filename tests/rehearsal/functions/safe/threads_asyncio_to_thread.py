"""A coroutine gives blocking work to a thread."""

import asyncio


def count(text):
    return len(text.split())


async def main():
    return await asyncio.gather(*(asyncio.to_thread(count, text) for text in ("a b", "c")))


def handler(event, context):
    return asyncio.run(main())
