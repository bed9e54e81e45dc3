"""Keys that the SDK renews, taken out for a request only, and keys of others that last.

needs boto3
env AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing AWS_SESSION_TOKEN=testing
env PARTNER_KEY=AKIAPARTNER PARTNER_SECRET=secret-of-a-partner AWS_DEFAULT_REGION=eu-west-1
"""

import os

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

STAGE = "testing"
session = boto3.Session()
credentials = session.get_credentials()
KEY_ID = credentials.access_key
signer = SigV4Auth(credentials, "es", "eu-west-1")
signer.add_auth(AWSRequest("GET", "https://search.example.com/"))
client, table = session.client("s3"), session.resource("dynamodb").Table("orders")
partner = boto3.Session(os.environ["PARTNER_KEY"], os.environ["PARTNER_SECRET"])
partner_signer = SigV4Auth(partner.get_credentials().get_frozen_credentials(), "s3", "eu-west-1")
fixed = boto3.client(
    "s3",
    aws_access_key_id="AKIATHEIRS",
    aws_secret_access_key="theirs",
    aws_session_token="theirs",
)


def handler(event, context):
    return len(credentials.get_frozen_credentials())
