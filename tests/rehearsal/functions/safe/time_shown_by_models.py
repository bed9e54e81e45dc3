"""Times that models show: of the present, of when something ends, of long ago.

needs pydantic
"""

import datetime as dt
import time

from pydantic import BaseModel, Field


def now():
    return dt.datetime.now(dt.timezone.utc)


class Offer(BaseModel):
    released: dt.datetime = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone.utc)
    made: dt.datetime = Field(default_factory=now)
    ends: dt.datetime = now() + dt.timedelta(days=1)
    ends_in_seconds: int = int(time.time()) + 3600


def handler(event, context):
    print(f"made at {now():%H:%M:%S}")
    return Offer().model_dump(mode="json")
