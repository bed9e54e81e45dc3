"""JSON that any program reads, and that no terminal takes for commands."""

from __future__ import annotations

import json
import math
from typing import Any


def dumps(value: Any) -> str:
    """Return a value as JSON, with texts for the numbers that JSON has not."""
    text = json.dumps(_finite(value), indent=2, allow_nan=False)
    return text.replace("\x7f", "\\u007f")  # All others are escaped already.


def _finite(value: Any) -> Any:
    """Return a value with texts for NaN and the infinities."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value
