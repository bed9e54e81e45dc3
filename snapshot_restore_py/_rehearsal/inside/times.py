"""Times in texts, in the forms that people and programs write them."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

_LONGEST = 500  # characters of a text that is looked through
_DAY = 86400  # seconds
_NEAR = 366 * _DAY
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SCALES = {10: 1, 13: 10**3, 16: 10**6, 19: 10**9}  # of numbers, by their digits

_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DATE = r"(?P<day>0[1-9]|[12]\d|3[01])"
_NAME = f"(?P<name>{'|'.join(_MONTHS)})[a-z]*"
_WEEKDAY = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?"
_HOUR = r"(?P<hour>[01]\d|2[0-3])"
_CLOCK = _HOUR + r"[:.h_-]?(?P<minute>[0-5]\d)(?:[:.m_-]?(?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?"
_ZONE = r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_THEN = rf"(?:(?:[T_ .:/-]|, | at )?{_CLOCK}{_ZONE})?(?!\d)"
_FORMS = [
    # logs/2026/11/25/22/, year=2026/month=11/day=25/hour=22
    rf"(?<!\d)(?P<year>20\d\d)[-/](?:month=)?{_MONTH}[-/](?:day=)?{_DATE}/(?:hour=)?{_HOUR}(?!\d)",
    rf"(?<!\d)(?P<year>20\d\d)/month={_MONTH}/day={_DATE}(?!\d)",
    # 2026-11-25T22:15:00Z, 20261125-2215
    rf"(?<!\d)(?P<year>20\d\d)(?P<mark>[-/._]?){_MONTH}(?P=mark){_DATE}{_THEN}",
    # Wed, 25 Nov 2026 22:15:00 GMT, 25/Nov/2026:22:15:00 +0000, 25-Nov-26 22:15:00 GMT
    rf"{_WEEKDAY}(?<!\d)(?P<day>[0-3]?\d)[ /-]{_NAME}[ /-](?P<year>(?:20)?\d\d){_THEN}",
    # Nov 25, 2026 22:15; Nov 25 22:15:00 2026; Nov 25 22:15:00
    rf"{_WEEKDAY}\b{_NAME} +(?P<day>[0-3]?\d),? (?P<year>20\d\d){_THEN}",
    rf"{_WEEKDAY}\b{_NAME} +(?P<day>[0-3]?\d) {_CLOCK}{_ZONE}(?: (?P<year>20\d\d))?(?!\d)",
    # 25.11.2026 22:15, 11/25/2026
    rf"(?<!\d){_DATE}(?P<mark>[./-]){_MONTH}(?P=mark)(?P<year>20\d\d){_THEN}",
    rf"(?<!\d){_MONTH}(?P<mark>[./-]){_DATE}(?P=mark)(?P<year>20\d\d){_THEN}",
    # 261125-2215
    rf"(?<!\d)(?P<year>\d\d){_MONTH}{_DATE}[T_-]?{_CLOCK}(?!\d)",
    # 22:15:00
    rf"(?<![\d:.]){_HOUR}:(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?{_ZONE}(?![\d:])",
]
_EXPRESSIONS = [re.compile(one) for one in _FORMS]
_EPOCH = re.compile(r"(?<!\d)(?:\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d+)?(?!\d)")
_COLON = re.compile(r"\d\d:\d\d")


class Times(NamedTuple):
    """The times in a text: the first one, in seconds since 1970, and the text without them."""

    seconds: float
    rest: str


def times(text: str) -> Times | None:
    """Return the times in a text that are not far from now; None if there are none."""
    if len(text) > _LONGEST:
        return None
    now = time.time()
    # All expressions take a hundred times as long as to look for these.
    if not any(mark in text for mark in _marks(int(now // _DAY))) and not _COLON.search(text):
        return None
    found: list[float] = []

    def taken(match: re.Match[str]) -> str:
        seconds = _near(match, now)
        if seconds is None:
            return match[0]
        found.append(seconds)
        return "\0"

    rest = _EPOCH.sub(taken, text)
    for expression in _EXPRESSIONS:
        rest = expression.sub(taken, rest)
    return Times(found[0], rest) if found else None


@lru_cache(maxsize=2)
def _marks(day: int) -> tuple[str, ...]:
    """Return the years, months and first digits that times near a day begin with."""
    now = day * _DAY
    years = (time.gmtime(now + days * _DAY).tm_year for days in (-366, 0, 366))
    months = (time.strftime("%y%m", time.gmtime(now - days * _DAY)) for days in (0, 28))
    digits = (f"{now + days * _DAY}"[:5] for days in (-1, 0, 1, 2))
    return tuple(dict.fromkeys([*map(str, years), *months, *digits]))


def _near(match: re.Match[str], now: float) -> float | None:
    if match.re is _EPOCH:
        whole = match[0].partition(".")[0]
        seconds = float(match[0]) / _SCALES[len(whole)]
        return seconds if abs(seconds - now) < _DAY else None
    try:
        seconds = _seconds(match.groupdict(), now)
    except (OverflowError, ValueError):
        return None
    return seconds if abs(seconds - now) < _NEAR else None


def _seconds(parts: dict[str, str | None], now: float) -> float:
    # Without a date, it is today; in Lambda the local time is UTC.
    today = datetime.fromtimestamp(now)
    name = parts.get("name")
    year = int(parts.get("year") or today.year)
    month = _MONTHS.index(name) + 1 if name else int(parts.get("month") or today.month)
    day = int(parts.get("day") or today.day)
    hour, minute, second = (int(parts.get(one) or 0) for one in ("hour", "minute", "second"))
    point = datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second)
    zone = parts.get("zone")
    if not zone:
        return point.timestamp()
    offset = timedelta()
    if zone[0] in "+-":
        offset = timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[-2:]))
    return point.replace(tzinfo=timezone(offset)).timestamp()
