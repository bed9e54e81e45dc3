"""What is made up beside the metadata of an answer of AWS, or only looks like such.

error shared-value app.answer['Token']
error shared-value app.status['RequestId']
needs boto3 moto
with aws
warning fetched-at-init
"""

import uuid

import boto3

answer = boto3.client("dynamodb").list_tables()
answer["Token"] = uuid.uuid4().hex
status = {"RequestId": uuid.uuid4().hex, "HTTPStatusCode": 200}


def handler(event, context):
    return {"ResponseMetadata": answer["ResponseMetadata"]}
