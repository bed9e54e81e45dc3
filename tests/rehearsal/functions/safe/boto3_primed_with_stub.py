"""A client primed before the snapshot, with answers that no server gave.

needs boto3
"""

import boto3
from botocore.stub import Stubber

from snapshot_restore_py import register_before_snapshot

sqs = boto3.client(
    "sqs",
    region_name="eu-west-1",
    aws_access_key_id="example",
    aws_secret_access_key="example",
)
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


def send(body):
    with Stubber(sqs) as stubber:
        stubber.add_response("send_message", {"MessageId": body})
        return sqs.send_message(QueueUrl=QUEUE, MessageBody=body)["MessageId"]


@register_before_snapshot
def prime():
    send("primed")


def handler(event, context):
    return send("tea")
