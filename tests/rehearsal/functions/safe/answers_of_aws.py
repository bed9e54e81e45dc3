"""Answers of AWS that are kept whole, with the ids, dates and headers that the SDK adds to each.

needs boto3
"""

import time
import uuid
from email.utils import formatdate

import boto3
from botocore.stub import Stubber


def metadata():
    """Return what a server and the SDK make up for each answer."""
    request = str(uuid.uuid4())
    return {
        "RequestId": request,
        "HostId": uuid.uuid4().hex,
        "HTTPStatusCode": 200,
        "HTTPHeaders": {
            "x-amzn-requestid": request,
            "date": formatdate(time.time(), usegmt=True),
            "content-type": "application/x-amz-json-1.0",
            "x-amzn-trace-id": f"Root={uuid.uuid4().hex}",
        },
        "RetryAttempts": 0,
    }


table = boto3.client(
    "dynamodb",
    region_name="eu-west-1",
    aws_access_key_id="example",
    aws_secret_access_key="example",
)
with Stubber(table) as stub:
    for _ in range(2):
        prices = {"Items": [{"item": {"S": "tea"}}], "ResponseMetadata": metadata()}
        stub.add_response("scan", prices, {"TableName": "prices"})
    answer = table.scan(TableName="prices")
    headers = table.scan(TableName="prices")["ResponseMetadata"]["HTTPHeaders"]
request_id = answer["ResponseMetadata"]["RequestId"]
# So many are compared as a whole.
answers = [{"number": number, "ResponseMetadata": metadata()} for number in range(600)]


def handler(event, context):
    return {"prices": answer, "request": request_id, "headers": headers, "count": len(answers)}
