"""The words for what makes the command fail."""

from __future__ import annotations

from typing import Literal

FailOn = Literal["error", "warning", "never"]
FAIL_ON: tuple[FailOn, ...] = ("error", "warning", "never")
