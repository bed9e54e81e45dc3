"""Clients, a resource and a session of boto3."""

import os

import boto3
from botocore.config import Config

os.environ.setdefault("AWS_ACCESS_KEY_ID", "example")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "example")
session = boto3.session.Session(region_name="eu-west-1")
s3 = boto3.client("s3", config=Config(retries={"max_attempts": 3, "mode": "adaptive"}))
table = boto3.resource("dynamodb").Table("orders")
queue = session.client("sqs")


def handler(event, context):
    return s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})[:8]
