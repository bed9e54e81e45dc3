"""Keys taken out of the SDK, in a signer, a client and the options of another library.

needs boto3
env AWS_ACCESS_KEY_ID=ASIAEXAMPLE AWS_SECRET_ACCESS_KEY=example-of-a-secret-key
env AWS_SESSION_TOKEN=example-of-a-session-token AWS_DEFAULT_REGION=eu-west-1
warning expiring-value
"""

import boto3
from botocore.auth import SigV4Auth

session = boto3.Session()
keys = session.get_credentials().get_frozen_credentials()
signer = SigV4Auth(keys, "es", "eu-west-1")
client = boto3.client(
    "s3",
    aws_access_key_id=keys.access_key,
    aws_secret_access_key=keys.secret_key,
    aws_session_token=keys.token,
)
partner = boto3.client("s3", aws_access_key_id="AKIATHEIRS", aws_secret_access_key="theirs")
OPTIONS = {
    "AWS_ACCESS_KEY_ID": keys.access_key,
    "AWS_SECRET_ACCESS_KEY": keys.secret_key,
    "AWS_SESSION_TOKEN": keys.token,
}
del keys


def handler(event, context):
    return sorted(OPTIONS)
