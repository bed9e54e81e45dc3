"""Settings from the environment, by pydantic and by hand."""

import os

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    table: str = "orders"
    region: str = Field(default="us-east-1", alias="AWS_REGION")
    password: SecretStr = SecretStr("constant")
    ports: list[int] = [443, 8443]


class Environment:
    def __init__(self, variables):
        self.region = variables["AWS_REGION"]
        self.function = variables["AWS_LAMBDA_FUNCTION_NAME"]
        self.variables = dict(variables)


settings = Settings()
environment = Environment(os.environ)


def handler(event, context):
    return settings.region
