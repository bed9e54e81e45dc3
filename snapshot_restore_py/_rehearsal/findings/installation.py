"""What is installed in a way that hides plugins, or makes chance choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

HIDDEN = Code(
    "plugin-hidden",
    "warning",
    "init",
    "what is installed hides plugins: metadata folders are missing or doubled, or a group's "
    "name is not quite right",
    "Hooks may be missing, and nothing else tells it.",
    remedy="Do what the message says: keep the `*.dist-info` folders of what you package, remove "
    "those of versions that are no longer there, and mend the group's name in the entry "
    "points.",
    ignorable="If what is hidden is no plugin of yours.",
)
CODES = (HIDDEN,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for each problem with what is installed."""
    for problem in evidence.first.problems:
        what, _, fix = problem.rpartition(". ")
        yield HIDDEN.finding(what, "sys.path", f"{what}.", fix)
