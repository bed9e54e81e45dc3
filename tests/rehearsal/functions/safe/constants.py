"""Constants of all kinds, dataclasses, enums, named tuples, feature tables."""

import enum
import json
import re
import time
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from uuid import NAMESPACE_DNS, uuid5

TIMEOUT = 2.5
RETRIES = 3
NAME = "orders"
SALT = b"\x00\x01"
LAUNCH = date(2026, 1, 1)
CUTOFF = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
CUTOFF_SECONDS = 1780315200
LIFETIME = timedelta(minutes=15)
PRICE = Decimal("9.99")
NAMESPACE = uuid5(NAMESPACE_DNS, "example.com")
ORDER = re.compile(r"ord-(?P<id>\d+)")
FEATURES = {"search": True, "checkout": {"beta": False, "share": 0.25}}
REGIONS = frozenset({"eu-west-1", "us-east-1", "ap-south-1"})
LIMITS = MappingProxyType({"eu": 10, "us": 20})
STEPS = OrderedDict([("one", 1), ("two", 2)])
HUGE = 7**5000
WAVE = 1j
ENDLESS = float("inf")
FIRST_DAY, LAST_DAY = date.min, date.max
FIRST, LAST = datetime.min, datetime.max
EPOCH = time.gmtime(0)
NO_DAY = "2026-99-99"
MASK = "0xff00ff00"
NOTHING = eval("type('Nothing', (), {})()", {})  # Its class has no module.
Point = namedtuple("Point", "x y")
ORIGIN = Point(0, 0)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntFlag):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Settings:
    table: str = "orders"
    limits: dict = field(default_factory=lambda: {"rows": 100})


SETTINGS = Settings()
DEFAULT = Level.LOW | Level.HIGH


def handler(event, context):
    return [NAME, Colour.RED.value, SETTINGS.table, PRICE, json.dumps(FEATURES)]
