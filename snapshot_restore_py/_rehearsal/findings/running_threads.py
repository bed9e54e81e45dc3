"""Threads beside the main one at the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

RUNNING = Code(
    "running-thread",
    "warning",
    "snapshot",
    "a thread beside the main one runs at the snapshot",
    "It goes on in every restore where it was, in the middle of whatever it does: what it holds "
    "and what it waits for is as old as the snapshot.",
)
CODES = (RUNNING,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for each thread that ran at the snapshot."""
    snapshot = evidence.first.snapshot
    for one in snapshot.threads if snapshot else ():
        name = f"the thread {one.name}" if one.name else f"a thread of {one.target}"
        yield RUNNING.finding(
            f"{name} is running at the snapshot",
            one.target,
            f"name:   {one.name or 'none, it was not started by threading'}\n"
            f"target: {one.target}\n"
            "In Lambda it goes on in every restore, where it was. The copies of this rehearsal "
            "do not have it.",
            "End it before the snapshot and start it again after the restore, or start it at "
            "first use.",
        )
