"""Models whose ids and times are made for each object, and an example object without them.

needs pydantic
"""

from datetime import datetime, timezone
from typing import Optional
from uuid import UUID, uuid4

from pydantic import BaseModel, Field


def now():
    return datetime.now(timezone.utc)


class Order(BaseModel):
    id: UUID = Field(default_factory=uuid4)
    created: datetime = Field(default_factory=now)
    note: Optional[str] = None


EXAMPLE = Order(id=UUID(int=1), created=datetime(2026, 1, 1, tzinfo=timezone.utc))
SCHEMA = Order.model_json_schema()
Order.model_validate_json(EXAMPLE.model_dump_json())


def handler(event, context):
    return Order().model_dump(mode="json")
