"""Writes a rehearsal's report for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.telling.plain_json import dumps

if TYPE_CHECKING:
    from typing import TextIO

    from snapshot_restore_py._rehearsal.telling.report import AnyReport


def write(report: AnyReport, stream: TextIO) -> None:
    """Write a report as one JSON object."""
    stream.write(dumps(report.as_json()) + "\n")
