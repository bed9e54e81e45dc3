"""The segments of a table are read in parallel, with one client for each thread.

needs boto3
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.stub import Stubber

SEGMENTS = 4
local = threading.local()


def client():
    if not hasattr(local, "client"):
        session = boto3.session.Session(region_name="eu-west-1")
        local.client = session.client(
            "dynamodb", aws_access_key_id="example", aws_secret_access_key="example"
        )
    return local.client


def scan(segment):
    arguments = {"TableName": "orders", "Segment": segment, "TotalSegments": SEGMENTS}
    with Stubber(client()) as stubber:
        stubber.add_response("scan", {"Items": [], "Count": segment}, arguments)
        return client().scan(**arguments)["Count"]


def handler(event, context):
    with ThreadPoolExecutor(max_workers=SEGMENTS) as pool:
        return sum(pool.map(scan, range(SEGMENTS)))
