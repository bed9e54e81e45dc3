"""Writes a rehearsal's report for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from .report import Report


def write(report: Report, stream: TextIO) -> None:
    """Write a report as one JSON object."""
    json.dump(report.as_json(), stream, indent=2)
    stream.write("\n")
