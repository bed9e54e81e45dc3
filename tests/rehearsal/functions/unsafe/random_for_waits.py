"""Servers that are busy at first: libraries draw how long they wait before they ask again.

warning shared-random-state random
needs boto3 redis
"""

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from redis.backoff import FullJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry


class Raw:
    def __init__(self, body):
        self.body = body

    def stream(self, **_):
        yield self.body


answered = []


def answer(request, **_):
    """Stand for a service that has no time for each first request."""
    answered.append(1)
    if len(answered) % 2:
        body = b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'
        return AWSResponse(request.url, 400, {}, Raw(body))
    return AWSResponse(request.url, 200, {}, Raw(b'{"TableNames": ["orders"]}'))


tables = boto3.client(
    "dynamodb",
    region_name="eu-west-1",
    aws_access_key_id="example",
    aws_secret_access_key="example",
    config=Config(retries={"mode": "standard", "max_attempts": 2}),
)
tables.meta.events.register("before-send", answer)
cache = Retry(FullJitterBackoff(cap=0.001, base=0.001), 1)


def handler(event, context):
    tries = []

    def ping():
        tries.append(1)
        if len(tries) == 1:
            raise RedisConnectionError
        return "PONG"

    return [cache.call_with_retry(ping, lambda error: None), tables.list_tables()["TableNames"]]
