"""A parameter that is read at the import and kept.

needs boto3 moto
with aws
warning fetched-at-init
"""

import boto3

ssm = boto3.client("ssm")
ssm.put_parameter(Name="/orders/key", Value="constant", Type="SecureString", Overwrite=True)
KEY = ssm.get_parameter(Name="/orders/key", WithDecryption=True)["Parameter"]["Value"]
ssm.close()


def handler(event, context):
    return len(KEY)
