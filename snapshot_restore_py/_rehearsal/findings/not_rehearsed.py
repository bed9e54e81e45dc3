"""What could not be tried here, because the copies lack threads or child processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding
from ._listing import listed
from ._outage import Outage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Failure

NOT_REHEARSED = Code(
    "not-rehearsed",
    "warning",
    "handler",
    "a hook or the handler hung or failed in a copy that lacks threads or child processes, which "
    "an environment in Lambda has",
    "A copy has only one thread; those that ran beside it at the snapshot are not there. "
    "The processes that the init has started are none of its children. In Lambda both go on. So "
    "what hangs or fails here may work there: it was not tried.",
    remedy="Start the thread or the process at its first use or after the restore, and the "
    "rehearsal can try everything. Otherwise test this part in Lambda, or on a machine of "
    "your own that is snapshotted as a whole.",
    ignorable="If you know that what waits for the thread works after a restore, where the thread "
    "goes on.",
)
CODES = (NOT_REHEARSED,)
_SHOWN = 10  # names of threads


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for each thing that came to no good end where something was missing."""
    if not evidence.missing:
        return
    kinds = {one.startswith("the process ") for one in evidence.missing}
    kind = " and ".join("processes" if one else "threads" for one in sorted(kinds))
    names = listed(evidence.missing, _SHOWN)
    for what, place, shown in _problems(evidence):
        yield NOT_REHEARSED.finding(
            f"{what}, but {kind} are missing here that go on in Lambda",
            place,
            f"{shown}\nmissing in the copies: {names}",
            f"End the {kind} before the snapshot and start them after the restore, or start "
            "them at first use: then it can be rehearsed. Or try it in Lambda.",
        )


def _problems(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    for overrun in evidence.overruns:
        if overrun.in_copy:
            hook = overrun.hook
            place = hook.place if hook else overrun.phase
            yield f"{overrun.phase} was killed", place, f"killed after {evidence.limit:g} s"
    for failed in evidence.failed_hooks:
        if failed.phase == "after_restore" and not _is_told(failed.failure, evidence):
            hook = failed.hook
            yield f"the hook {hook.name} failed", hook.place, failed.shown
    for restore in evidence.restores:
        error = restore.invocation and restore.invocation.error
        is_told = _is_told(restore.failure, evidence)
        if error and restore.traceback is not None and not is_told:
            yield f"the handler failed: {error}", "handler", restore.traceback or error


def _is_told(failure: Failure | None, evidence: Evidence) -> bool:
    """Tell whether a failure is expected, or none of what is missing."""
    if failure and failure.is_one_of(evidence.expected):
        return True
    return Outage.of(failure, evidence) is not None
