"""Powertools reads a parameter at the import, and the function keeps the answer for good.

needs aws-lambda-powertools boto3 moto
with aws
warning fetched-at-init
"""

import boto3
from aws_lambda_powertools.utilities import parameters

ssm = boto3.client("ssm")
ssm.put_parameter(Name="/orders/limit", Value="10", Type="String", Overwrite=True)
ssm.close()
del ssm
LIMIT = parameters.get_parameter("/orders/limit")


def handler(event, context):
    return int(LIMIT)
