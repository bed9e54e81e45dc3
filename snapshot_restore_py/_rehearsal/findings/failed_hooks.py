"""Hooks that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding
from ._outage import Outage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

FAILED = Code(
    "hook-failed",
    "error",
    "hooks",
    "a hook raised",
    "One hook that raises is enough: Lambda publishes no version, or the restore fails and with "
    "it the invocation.",
    remedy="Mend the hook at the line that is shown. A hook that cleans up should bear that there "
    "is nothing to clean up; one that fetches should have time limits and repeat once. Do "
    "not swallow the error: an environment that is not ready would answer requests.",
    ignorable="If the hook needs something that only Lambda has, such as a network that this "
    "machine cannot reach. What the hook does was not rehearsed then.",
)
CODES = (FAILED,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for each hook that raised, or that ended its process."""
    for one in evidence.failed_hooks:
        hook, failure = one.hook, one.failure
        if failure and failure.is_one_of(evidence.expected):
            continue
        outage = Outage.of(failure, evidence)
        if outage:
            yield FAILED.finding(
                f"the {one.phase} hook {hook.name} failed: {outage.what}",
                hook.place,
                f"{hook.origin}\n{outage.shown}",
                outage.advice,
            )
            continue
        if one.phase == "after_restore" and evidence.missing:
            continue  # told as not rehearsed
        consequence = (
            "Publishing the version fails in Lambda with Runtime.BeforeSnapshotError."
            if one.phase == "before_snapshot"
            else "The restore fails in Lambda with Runtime.AfterRestoreError."
        )
        yield FAILED.finding(
            f"the {one.phase} hook {hook.name} failed: {hook.error}",
            hook.place,
            f"{hook.origin}\n{one.shown}".rstrip(),
            f"Mend the hook, or let it handle the error. {consequence}",
        )
