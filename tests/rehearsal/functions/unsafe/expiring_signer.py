"""The usual way to sign requests to OpenSearch: with a copy of the keys of now.

needs boto3 requests-aws4auth
env AWS_ACCESS_KEY_ID=ASIAEXAMPLE AWS_SECRET_ACCESS_KEY=example AWS_SESSION_TOKEN=example
warning expiring-value
"""

import boto3
from requests_aws4auth import AWS4Auth

region = "eu-west-1"
credentials = boto3.Session().get_credentials()
auth = AWS4Auth(
    credentials.access_key,
    credentials.secret_key,
    region,
    "es",
    session_token=credentials.token,
)


def handler(event, context):
    return auth.region
