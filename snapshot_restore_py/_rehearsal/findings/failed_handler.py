"""Handlers that fail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Snapshot

FAILED = Code(
    "handler-failed",
    "error",
    "handler",
    "the handler raised, in every restore or in some",
    "The handler got the event that was given, or an empty object, in each restore.",
)
CODES = (FAILED,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each way in which the handler failed."""
    if evidence.missing:
        return  # told as not rehearsed
    told = {f"KeyError: {one.variable!r}" for one in evidence.reads}  # as missing in Lambda
    by_error: dict[str, list[int]] = {}
    for number, restore in enumerate(evidence.restores, 1):
        error = restore.invocation and restore.invocation.error
        if error and restore.traceback is not None and error not in told:
            by_error.setdefault(error, []).append(number)
    for error, numbers in by_error.items():
        if len(numbers) == len(evidence.restores):
            which = "in every restore"
        else:
            which = f"in {_listed(numbers)} of {len(evidence.restores)} only"
        shown = evidence.restores[numbers[0] - 1].traceback or error
        yield FAILED.finding(
            f"the handler failed {which}: {error}",
            _place_in(shown, source),
            shown,
            _mending(error, evidence.first.snapshot),
        )


def _mending(error: str, snapshot: Snapshot | None) -> str:
    if error.endswith("is not JSON serializable"):
        return (
            "Return what JSON can hold: Lambda answers with Runtime.MarshalError otherwise. A "
            "coroutine is not awaited: let the handler call asyncio.run()."
        )
    fix = "Mend the handler; or pass an event that it expects, with --event."
    if snapshot and snapshot.connections:
        fix = "First close the open connection: all restores share it here. " + fix
    return fix


def _listed(numbers: Iterable[int]) -> str:
    listed = [str(number) for number in numbers]
    return f"restore {listed[0]}" if len(listed) == 1 else f"restores {', '.join(listed)}"


def _place_in(traceback: str, source: Source) -> str:
    """Return file and line of the function's own code that was called last."""
    places = re.findall(r'^  File "(.*)", line (\d+)', traceback, re.MULTILINE)
    shown = [(source.shown(file), file, line) for file, line in places]
    own = [f"{short}:{line}" for short, file, line in shown if short != file]
    return own[-1] if own else "handler"
