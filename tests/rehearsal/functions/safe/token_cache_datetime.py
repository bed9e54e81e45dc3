"""The same with dates."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone


@dataclass
class Token:
    value: str
    ends: datetime

    def is_valid(self):
        return datetime.now(timezone.utc) < self.ends - timedelta(seconds=60)


token = Token("constant", datetime.now(timezone.utc) + timedelta(hours=12))


def handler(event, context):
    return token.value if token.is_valid() else "renewed"
