"""A service that is out of reach: a client waits some time, tries again, and fails.

No result shows what was drawn for the wait, since there is none.

warning shared-random-state random
error handler-failed
needs boto3
"""

import boto3
from botocore.config import Config

queues = boto3.client(
    "sqs",
    region_name="eu-west-1",
    endpoint_url="http://127.0.0.1:9",
    aws_access_key_id="example",
    aws_secret_access_key="example",
    config=Config(retries={"max_attempts": 1}),
)


def handler(event, context):
    return queues.list_queues()["QueueUrls"]
