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
    # In strings what encodings lack is escaped, and so is all that moves a cursor.
    json.dump(_finite(report.as_json()), stream, indent=2, allow_nan=False)
    stream.write("\n")


def _finite(value: Any) -> Any:
    """Return a value with texts for the numbers that JSON has not: NaN and the infinities."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value
