"""Models and settings of pydantic, made at the import.

needs pydantic pydantic-settings
"""

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_settings import BaseSettings


class Item(BaseModel):
    name: str
    price: int = Field(default=1, ge=0)


class Settings(BaseSettings):
    stage: str = "test"
    table: str = "orders"


settings = Settings()
sample = Item(name="tea")
items = TypeAdapter(list[Item])


def handler(event, context):
    return [item.price for item in items.validate_python([{"name": "milk"}, sample])]
