"""Clients of MongoDB: each use writes a document with a name of its own, and tells the name."""

from __future__ import annotations

import asyncio
import os

from .uses import used, used_again

LOOP = asyncio.new_event_loop()


def begin():
    import pymongo

    place = f"mongodb://127.0.0.1:{os.environ['MONGODB_PORT']}"
    client = pymongo.MongoClient(place, heartbeatFrequencyMS=1_000_000)
    asynchronous = pymongo.AsyncMongoClient(place, heartbeatFrequencyMS=1_000_000)

    def use():
        name = os.urandom(8).hex()
        client.test.orders.insert_one({"_id": name})
        return name

    async def use_async():
        name = os.urandom(8).hex()
        await asynchronous.test.orders.insert_one({"_id": name})
        return name

    return used({"a client": use, "an async client": lambda: LOOP.run_until_complete(use_async())})


def go_on(begun):
    return used_again(begun)
