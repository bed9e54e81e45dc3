"""A client with the keys of a role that was assumed at the import, which end in an hour.

needs boto3 moto
with aws
warning expiring-value
"""

import boto3

sts = boto3.client("sts")
ROLE = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/orders", RoleSessionName="orders")[
    "Credentials"
]
sts.close()
orders = boto3.client(
    "dynamodb",
    aws_access_key_id=ROLE["AccessKeyId"],
    aws_secret_access_key=ROLE["SecretAccessKey"],
    aws_session_token=ROLE["SessionToken"],
)
del ROLE


def handler(event, context):
    return orders.meta.region_name
