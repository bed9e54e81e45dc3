"""Threads of the handler share one client of S3, whose pages are then read.

needs boto3 moto
with aws
"""

import os
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(max_pool_connections=8))
pages = s3.get_paginator("list_objects_v2")
exists = s3.get_waiter("bucket_exists")


def handler(event, context):
    bucket = f"parts-{context.aws_request_id}"
    region = os.environ["AWS_DEFAULT_REGION"]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    exists.wait(Bucket=bucket)
    with ThreadPoolExecutor(max_workers=4) as pool:
        for number in range(12):
            pool.submit(s3.put_object, Bucket=bucket, Key=f"{number:02}.txt", Body=b"tea")
    sizes = [
        one["Size"]
        for page in pages.paginate(Bucket=bucket, PaginationConfig={"PageSize": 5})
        for one in page["Contents"]
    ]
    return sum(sizes)
