"""The sentences that sum up a rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.findings import LEVELS

from .report import Failure, each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapshot_restore_py._rehearsal.findings import Finding

    from .report import AnyReport, Report


_ACCEPTED = "expected-failure"


def verdict(report: Report | Failure) -> str:
    """Return what came out of a rehearsal, in one line."""
    if isinstance(report, Failure):
        return f"{report.name} could not be rehearsed: {report.reason}"
    reached = len(report.after_restore)
    restores = counted(report.restores, "restore")
    if reached < report.restores:
        restores = f"{reached} of {restores}"
    codes = [finding.code for finding in report.findings]
    levels = [finding.level for finding in report.findings]
    counts = [counted(levels.count(level), level) for level in LEVELS if level in levels]
    accepted = len(report.ignored)
    if {*levels} <= {"note"}:
        notes = f" {counts[0]}." if counts else ""
        notes += f" {counted(accepted, 'finding')} ignored." if accepted else ""
        nothing = "Nothing else" if accepted or _ACCEPTED in codes else "Nothing"
        return f"{nothing} went wrong in {restores} of {report.name}.{notes}"
    when = f"after {restores}" if reached else "before the first restore"
    besides = f"; {accepted:,} ignored" if accepted else ""
    return f"{', '.join(counts)} in {report.name} {when}{besides}"


def title(report: AnyReport) -> str:
    """Return what the report is of, in some words."""
    reports = each(report)
    what = reports[0].name if len(reports) == 1 else counted(len(reports), "function")
    return f"Rehearsal of {what}"


def facts(report: Report) -> str:
    """Return what was run, in some words."""
    way = f" by {report.copies}" if report.copies else ""
    return f"{counted(report.restores, 'restore')}{way}, Python {report.python}"


def origin(report: Report | Failure) -> str:
    """Return with what the report was made, and when."""
    return f"snapshot-restore {report.run.version}, {report.run.date}"


def counted(number: int, noun: str) -> str:
    """Return a number of things.

    >>> counted(1, "restore"), counted(1200, "byte")
    ('1 restore', '1,200 bytes')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def errors_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings in the order in which people should read them."""
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))
