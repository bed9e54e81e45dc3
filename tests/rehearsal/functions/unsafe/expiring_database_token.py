"""The token by which IAM lets a function into a database, for 15 minutes.

needs boto3
warning expiring-value app.PASSWORD
"""

import boto3

rds = boto3.client(
    "rds",
    region_name="eu-west-1",
    aws_access_key_id="AKIAEXAMPLE",
    aws_secret_access_key="example",
)
PASSWORD = rds.generate_db_auth_token(DBHostname="db.example.com", Port=5432, DBUsername="orders")


def handler(event, context):
    return PASSWORD[-64:]
