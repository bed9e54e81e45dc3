"""Writes a rehearsal's report for programs."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO

    from .report import Report


def write(report: Report, stream: TextIO) -> None:
    """Write a report as one JSON object."""
    stream.write(dumps(report.as_json()) + "\n")


def dumps(value: Any) -> str:
    """Return a value as JSON that any program reads, and that no terminal takes for commands."""
    text = json.dumps(_finite(value), indent=2, allow_nan=False)
    return text.replace("\x7f", "\\u007f")  # All others are escaped already.


def _finite(value: Any) -> Any:
    """Return a value with texts for the numbers that JSON has not: NaN and the infinities."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value
