"""Clients of Redis, which does not try again by itself; each use tells the connection's id."""

from __future__ import annotations

import asyncio
import os
import time

from .uses import outcome, used, used_again

LOOKS = int(os.environ.get("LOOKS", "400"))  # for a message
LOOP = asyncio.new_event_loop()


def connected(**options):
    """Return a client."""
    import redis

    return redis.Redis(port=int(os.environ["REDIS_PORT"]), **options)


def begin():
    import redis.asyncio
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    port = int(os.environ["REDIS_PORT"])
    once = Retry(NoBackoff(), 0)
    client = connected(retry=once)
    blocking = redis.Redis(connection_pool=redis.BlockingConnectionPool(port=port, retry=once))
    asynchronous = redis.asyncio.Redis(port=port, retry=redis.asyncio.retry.Retry(NoBackoff(), 0))
    return used(
        {
            "a client of Redis": client.client_id,
            "a pool of Redis that blocks": blocking.client_id,
            "an async client of Redis": lambda: LOOP.run_until_complete(asynchronous.client_id()),
        }
    )


def go_on(begun):
    return used_again(begun)


def begin_more():
    """Read a value over a client with a cache, and listen to a channel in a thread."""
    from redis.cache import CacheConfig
    from redis.connection import CacheProxyConnection

    # The client refuses older servers than this, though they serve the same.
    CacheProxyConnection.MIN_ALLOWED_VERSION = "6.0.0"
    client = connected(protocol=3, cache_config=CacheConfig())
    connected().set("price", "old")
    heard = []
    subscription = connected().pubsub(ignore_subscribe_messages=True)
    subscription.subscribe(news=heard.append)
    subscription.run_in_thread(sleep_time=0.05, daemon=True)
    return client, client.get("price").decode(), heard, hears(heard)


def go_on_with_more(begun):
    client, cached, heard, has_heard = begun
    # What another client changes is told over the connection, which has to be there for that.
    connected().set("price", "new")
    heard.clear()
    return {
        "cached": [cached, outcome(lambda: client.get("price").decode())],
        "heard": [has_heard, hears(heard)],
    }


def hears(heard):
    """Tell whether what is sent to the channel is heard."""
    sender = connected()
    for _ in range(LOOKS):
        sender.publish("news", "hello")
        time.sleep(0.05)
        if heard:
            return True
    return False
