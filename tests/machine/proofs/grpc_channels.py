"""Channels of gRPC; each use tells the client's end of the connection, as the server sees it."""

from __future__ import annotations

import asyncio
import os

from .uses import used, used_again

LOOP = asyncio.new_event_loop()
LIMIT = 30  # seconds


def begin():
    import grpc.aio

    asyncio.set_event_loop(LOOP)
    place = f"127.0.0.1:{os.environ['GRPC_PORT']}"

    async def start():
        return grpc.aio.insecure_channel(place)

    channel = grpc.insecure_channel(place)
    asynchronous = LOOP.run_until_complete(start())

    def use():
        return channel.unary_unary("/test/peer")(b"", timeout=LIMIT).decode()

    async def use_async():
        return (await asynchronous.unary_unary("/test/peer")(b"", timeout=LIMIT)).decode()

    return used(
        {
            "a channel of gRPC": use,
            "an async channel of gRPC": lambda: LOOP.run_until_complete(use_async()),
        }
    )


def go_on(begun):
    return used_again(begun)
