"""The same, read by the first invocation.

needs boto3 moto
with aws
"""

import functools

import boto3

ssm = boto3.client("ssm")


@functools.lru_cache(maxsize=1)
def key():
    ssm.put_parameter(Name="/orders/key", Value="constant", Type="SecureString", Overwrite=True)
    return ssm.get_parameter(Name="/orders/key", WithDecryption=True)["Parameter"]["Value"]


def handler(event, context):
    return len(key())
