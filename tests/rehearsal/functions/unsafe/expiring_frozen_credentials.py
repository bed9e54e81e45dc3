"""Keys taken out of the SDK at the import.

needs boto3
env AWS_ACCESS_KEY_ID=ASIAEXAMPLE AWS_SECRET_ACCESS_KEY=example AWS_SESSION_TOKEN=example
warning expiring-value
"""

import boto3

session = boto3.session.Session(region_name="eu-west-1")
keys = session.get_credentials().get_frozen_credentials()


def handler(event, context):
    return len(keys)
