"""What numbers and dates have to do with the clocks of the processes that hold them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Snapshot, Value

_EPOCH_LIKE = 1e8  # seconds; a smaller number is no wall clock's
_SCALES = (1, 1e3, 1e6, 1e9)  # of seconds, milliseconds, microseconds, nanoseconds
_DAY = 86400  # seconds
# Seconds for which things are usually kept, added to the clock to say until when.
_LIFETIMES = (0, 10, 30, *(60 * n for n in (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180)))
_LIFETIMES += tuple(3600 * n for n in (4, 6, 8, 12, 24, 48, 168, 720))
# A name that says that its number is a time that something took.
_DURATION_NAME = re.compile(
    "dura|elapsed|took|latency|seconds|secs|millis|micros|_[mun]?s\\b|time|cold", re.IGNORECASE
)


def is_duration(path: str, value: Value, other: Value, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether a number is the time that a part of the init took: it measures, no more."""
    one, two = value.number, other.number
    if value.kind != "number" or one is None or two is None or min(one, two) < 0:
        return False
    for scale in _SCALES:
        # It may be rounded.
        if one <= (first.seconds + 0.01) * scale and two <= (second.seconds + 0.01) * scale:
            if _DURATION_NAME.search(path.rpartition(".")[2]):
                return True
            if _is_difference(one / scale, first) and _is_difference(two / scale, second):
                return True
    return False


def _is_difference(seconds: float, snapshot: Snapshot) -> bool:
    """Tell whether a number is what two readings of a clock differ by.

    Near numbers differ by a multiple of their last bit's worth, without any rounding. Of
    random fractions, which have more bits, not one in a thousand does.
    """
    if seconds > snapshot.seconds:
        return False
    bits = (math.ulp(reading) for reading in snapshot.clocks[0].values())
    return any(abs(round(seconds / bit) * bit - seconds) <= 2 * math.ulp(seconds) for bit in bits)


def reads_wall_clock(value: Value, snapshot: Snapshot) -> bool:
    """Tell whether a value is a time of the init, or of when what it keeps expires."""
    if value.number is None:
        return False
    start, end = snapshot.clocks[0]["time"], snapshot.clocks[1]["time"]
    if value.kind == "time":
        days = {start // _DAY * _DAY, end // _DAY * _DAY}
        return start - 1 <= value.number <= end + 1 or value.number in days
    lifetimes = _LIFETIMES if value.number == int(value.number) else (0,)
    return any(
        (start + lifetime) * scale - 1 <= value.number <= (end + lifetime) * scale + 1
        for scale in _SCALES
        for lifetime in lifetimes
    )


def ends_by_itself(value: Value, other: Value | None, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether a value is a time in the future, by the wall clock.

    It is right after a restore, however late that is: code that compares it with the clock
    takes what it guards for expired.
    """
    now = first.clocks[1]["time"] + 1
    if value.number is None:
        return False
    if value.kind == "time":
        return value.number > now
    is_offset = (
        other is not None
        and other.number is not None
        and _is_offset(value.number, other.number, first, second)
    )
    scale = next((one for one in reversed(_SCALES) if value.number > _EPOCH_LIKE * one), None)
    return (
        scale is not None
        and value.number > now * scale
        and (is_offset or reads_wall_clock(value, first))
    )


def is_time(value: Value, other: Value | None, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether a value comes from a clock, by what both inits have in its place."""
    if value.kind == "time" or reads_wall_clock(value, first):
        return True
    if value.number is None or other is None or other.number is None:
        return False
    if _shows_clock(value.number, first) and _shows_clock(other.number, second):
        return True
    return _is_offset(value.number, other.number, first, second)


def _shows_clock(number: float, snapshot: Snapshot) -> bool:
    start, end = snapshot.clocks
    return any(
        start[clock] * scale - 1 <= number <= end[clock] * scale + 1
        for clock in start
        for scale in _SCALES
    )


def _is_offset(one: float, two: float, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether two numbers lie as far apart as the two inits did."""
    earliest = first.clocks[0]["time"] - second.clocks[1]["time"]
    latest = first.clocks[1]["time"] - second.clocks[0]["time"]
    rounded = 1 + 2 * math.ulp(one)  # Nanoseconds in a float are multiples of 256.
    return any(
        abs(one) > _EPOCH_LIKE * scale
        and earliest * scale - rounded <= one - two <= latest * scale + rounded
        for scale in _SCALES
    )
