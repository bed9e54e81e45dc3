"""Uploads and downloads by a client of S3, which do their work in threads.

The names of its temporary files are drawn from Python's generator; each environment has a disk
of its own.

warning shared-random-state random
needs boto3 moto
with aws
"""

import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    # The restores share one server, on which a bucket can be made only once.
    bucket = f"reports-{context.aws_request_id}"
    s3.create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_DEFAULT_REGION"]},
    )
    path = f"/tmp/report-{context.aws_request_id}.csv"
    with open(path, "w") as file:
        file.write("item,price\n" * 1000)
    s3.upload_file(path, bucket, "report.csv")
    s3.download_file(bucket, "report.csv", path)
    size = os.path.getsize(path)
    os.remove(path)
    return size
