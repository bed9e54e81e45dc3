"""Clients of Redis that have not connected yet."""

import redis
import redis.asyncio

cache = redis.Redis(host="cache.example.com", decode_responses=True)
asynchronous = redis.asyncio.Redis(host="cache.example.com")
by_url = redis.Redis.from_url("redis://cache.example.com/1", health_check_interval=30)
script = cache.register_script("return 1")


def handler(event, context):
    return True
