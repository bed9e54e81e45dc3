"""Answers of handlers that say that they failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def failed_statuses(answers: Sequence[Any]) -> list[int]:
    """Return the 5xx statuses that the answers hold; empty if not all of them hold one.

    >>> failed_statuses([{"statusCode": 500}, {"statusCode": "502"}])
    [500, 502]
    >>> failed_statuses([{"statusCode": 500}, "text"])
    []
    """
    statuses = [one.get("statusCode") if isinstance(one, dict) else None for one in answers]
    numbers = [_number(status) for status in statuses]
    return numbers if all(500 <= number <= 599 for number in numbers) else []


def _number(status: Any) -> int:
    return int(status) if str(status).isdecimal() else 0
