"""How long to wait before the next try, drawn by a library, and told to whoever asks.

error shared-random-state random
needs redis
"""

from redis.backoff import FullJitterBackoff

backoff = FullJitterBackoff(cap=60, base=1)


def handler(event, context):
    return {"statusCode": 200, "headers": {"Retry-After": str(backoff.compute(8))}}
