"""Tokens that stand in the code, one that ended long ago, and a signer that renews its keys.

needs boto3 requests-aws4auth
env AWS_ACCESS_KEY_ID=ASIAEXAMPLE AWS_SECRET_ACCESS_KEY=example AWS_SESSION_TOKEN=example
"""

import boto3
from requests_aws4auth import AWS4Auth

SAMPLE = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJzYW1wbGUiLCJleHAiOjQxMDI0NDQ4MDB9."
    "c2lnbmF0dXJlLW9mLWEtc2FtcGxlLXRva2VuLTAwMDA"
)
LINK = "https://b.s3.amazonaws.com/k?X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-Signature=0"
auth = AWS4Auth(
    region="eu-west-1",
    service="es",
    refreshable_credentials=boto3.Session().get_credentials(),
)


def handler(event, context):
    return [SAMPLE, LINK, auth.service]
