"""Settings of pydantic, which look through the whole environment.

needs pydantic-settings boto3
env AWS_ACCESS_KEY_ID=AKIAEXAMPLE AWS_SECRET_ACCESS_KEY=example
"""

import boto3
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    table: str = "orders"


settings = Settings()


def handler(event, context):
    client = boto3.client("sts", region_name="eu-west-1")
    url = client.generate_presigned_url("get_caller_identity")
    return settings.table, len(url) > 10
