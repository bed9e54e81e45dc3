"""A parameter read ahead into a cache whose entries end by the wall clock, which goes on.

needs aws-lambda-powertools boto3 moto
with aws snapshot-restore-urllib3
"""

import boto3
from aws_lambda_powertools.utilities.parameters import SSMProvider

ssm = boto3.client("ssm")
ssm.put_parameter(Name="/orders/limit", Value="10", Type="String", Overwrite=True)
parameters = SSMProvider(boto3_client=ssm)
parameters.get("/orders/limit", max_age=60)


def handler(event, context):
    return int(parameters.get("/orders/limit", max_age=60))
