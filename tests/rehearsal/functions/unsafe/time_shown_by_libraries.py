"""Times of the init that only objects of libraries hold, and that results and logs show.

needs pydantic pandas loguru
warning shared-value app.log
warning captured-time result['days'][0]['day']
warning captured-time app.log._options[8]['started']
"""

import datetime as dt
import sys
import uuid

import pandas as pd
from loguru import logger
from pydantic import BaseModel


class Order(BaseModel):
    item: str = "tea"
    at: dt.datetime = dt.datetime.now(dt.timezone.utc)


rates = pd.DataFrame({"currency": ["EUR", "USD"], "rate": [1.0, 1.1]})
rates["as_of"] = pd.Timestamp.now(tz="UTC")
days = pd.DataFrame({"day": pd.date_range(pd.Timestamp.now(tz="UTC"), periods=6, freq="7ms")})
logger.remove()
logger.add(sys.stdout, format="{message} {extra[started]}")
log = logger.bind(
    instance=uuid.uuid4().hex,
    started=f"up since {dt.datetime.now(dt.timezone.utc):%d.%m.%Y %H:%M:%S}",
    not_shown=f"loaded at {dt.datetime.now(dt.timezone.utc):%d.%m.%Y %H:%M:%S.%f}",
)


def handler(event, context):
    log.info("called")
    return {
        "order": Order().model_dump(mode="json"),
        "rates": rates.to_json(orient="records"),
        "days": days.to_json(orient="records", date_format="iso"),
    }
