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
_MONOTONIC = ("monotonic", "perf_counter")
_LONGEST = 90 * _DAY  # seconds until a deadline
_DEADLINE_NAME = re.compile(
    "deadline|expir|until|ends?\\b|valid|refresh|renew|stale|fresh|_at\\b", re.IGNORECASE
)
# A name that says that its number is a time that something took.
_DURATION_NAME = re.compile(
    "dura|elapsed|took|latency|seconds|secs|millis|micros|_[mun]?s\\b|time|cold", re.IGNORECASE
)


def is_duration(path: str, value: Value, other: Value, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether a number is the time that a part of the init took: it measures, no more."""
    one, two = value.number, other.number
    if value.kind != "number" or one is None or two is None or min(one, two) < 0:
        return False
    if is_monotonic(value, other, first, second):
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
    if value.kind == "time" or value.timeless:
        return start - 1 <= value.number <= end + 1 or any(
            value.number % unit == 0 and start - unit < value.number <= end + 1
            for unit in (60, 3600, _DAY)
        )
    lifetimes = _LIFETIMES if value.number == int(value.number) else (0,)
    return any(
        (start + lifetime) * scale - 1 <= value.number <= (end + lifetime) * scale + 1
        for scale in _SCALES
        for lifetime in lifetimes
    )


def seconds_of(value: Value) -> float:
    """Return the seconds since 1970 that a value stands for, if it is a time."""
    number = value.number or 0.0
    scale = next((one for one in reversed(_SCALES) if number > _EPOCH_LIKE * one), 1)
    return number / scale


def ends_by_itself(value: Value, other: Value | None, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether a value is a time in the future, by the wall clock.

    It is right after a restore, however late that is: code that compares it with the clock
    takes what it guards for expired.
    """
    now = first.clocks[1]["time"] + 1
    if value.number is None:
        return False
    if value.kind == "time" or value.timeless:
        return value.number > now and is_time(value, other, first, second)
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
    if value.timeless:  # What stands beside the time may be made up.
        return other is not None and other.timeless == value.timeless
    if value.kind == "time" or reads_wall_clock(value, first):
        return True
    if value.number is None or other is None or other.number is None:
        return False
    return _is_offset(value.number, other.number, first, second) or is_monotonic(
        value, other, first, second
    )


def is_monotonic(value: Value, other: Value | None, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether a number is of a clock that stands still between snapshot and restore.

    It is a reading, or was reckoned from one: a deadline, or what is over for some time.
    """
    if value.kind != "number" or value.number is None or other is None or other.number is None:
        return False
    one, two = value.number, other.number
    return any(
        _is_reckoned(one, first, clock, scale)
        and _is_reckoned(two, second, clock, scale)
        and _lie_as_far_apart(one, two, first, second, clock, scale)
        for clock in _MONOTONIC
        for scale in _SCALES
    )


def is_monotonic_reading(value: Value, snapshot: Snapshot) -> bool:
    """Tell whether a number is what such a clock showed during the init, with nothing added."""
    number = value.number
    return number is not None and any(
        snapshot.clocks[0][clock] * scale - 1 <= number <= snapshot.clocks[1][clock] * scale + 1
        for clock in _MONOTONIC
        for scale in _SCALES
    )


def is_whole_deadline(path: str, value: Value, snapshot: Snapshot) -> bool:
    """Tell whether a whole number is a deadline by its name, and by the monotonic clock.

    Both inits are often in the same second.
    """
    number = value.number
    return (
        value.kind == "number"
        and number is not None
        and number == int(number)
        and _DEADLINE_NAME.search(path.rpartition(".")[2]) is not None
        and any(_is_usual(number, snapshot, clock, 1) for clock in _MONOTONIC)
    )


def _is_usual(number: float, snapshot: Snapshot, clock: str, scale: float) -> bool:
    """Tell whether a number is a reading, with what is usually added or taken away."""
    start, end = (reading[clock] * scale for reading in snapshot.clocks)
    return any(
        start + sign * lifetime * scale - 1 <= number <= end + sign * lifetime * scale + 1
        for lifetime in _LIFETIMES
        for sign in (1, -1)
    )


def _is_reckoned(number: float, snapshot: Snapshot, clock: str, scale: float) -> bool:
    if _is_usual(number, snapshot, clock, scale):
        return True
    start = snapshot.clocks[0][clock]
    if not start <= number / scale <= start + _LONGEST:
        return False
    # Small whole numbers are near by chance; fractions are of nanoseconds, as the clock's are.
    is_whole = number == int(number)
    return scale > 1 if is_whole else abs(round(number, 9) - number) <= 2 * math.ulp(number)


def _lie_as_far_apart(
    one: float, two: float, first: Snapshot, second: Snapshot, clock: str, scale: float
) -> bool:
    """Tell whether two numbers lie as far apart as the two inits did, by a clock."""
    rounded = 2 * math.ulp(one)  # Nanoseconds in a float are multiples of 256.
    rounded += 1 if one == int(one) or clock == "time" else 0.01
    earliest = first.clocks[0][clock] - second.clocks[1][clock]
    latest = first.clocks[1][clock] - second.clocks[0][clock]
    return earliest * scale - rounded <= one - two <= latest * scale + rounded


def _is_offset(one: float, two: float, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether two numbers lie as far apart as the two inits did, by the wall clock."""
    return any(
        abs(one) > _EPOCH_LIKE * scale and _lie_as_far_apart(one, two, first, second, "time", scale)
        for scale in _SCALES
    )
