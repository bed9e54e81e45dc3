"""Settings with a default that is made up where the environment has none.

needs pydantic-settings
error shared-value app.settings.instance
"""

import uuid

from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    table: str = "orders"
    instance: str = Field(default_factory=lambda: uuid.uuid4().hex)


settings = Settings()


def handler(event, context):
    return {"table": settings.table, "instance": settings.instance}
