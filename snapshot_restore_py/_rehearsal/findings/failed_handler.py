"""Handlers that fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.evidence.answers import failed_statuses

from ._finding import Code, Finding
from ._listing import restores
from ._outage import Outage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Snapshot

FAILED = Code(
    "handler-failed",
    "error",
    "handler",
    "the handler raised, in every restore or in some. A warning where it answered with a 5xx "
    "status in all",
    "The handler got the event that was given, or an empty object, in each restore.",
    remedy="If the message says that the event is wrong, give a real one with `--event`. If the "
    "handler works without SnapStart, look at the other findings first: a dead connection "
    "or a missing variable is often the cause. `--env` sets variables that your machine "
    "does not have.",
    ignorable="If only this machine lacks what the handler needs, such as a database. What comes "
    "after the failing line was not rehearsed then.",
)
CODES = (FAILED,)
_LONGEST = 500  # characters of an answer


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each way in which the handler failed."""
    yield from _outages(evidence, source)
    if evidence.missing:
        return  # told as not rehearsed
    yield from _refusals(evidence)
    told = {f"KeyError: {one.variable!r}" for one in evidence.reads}  # as missing in Lambda
    # Messages may hold an address, a time or an id.
    failures: dict[tuple[str, str], list[int]] = {}
    for number, restore in enumerate(evidence.restores, 1):
        error = restore.invocation and restore.invocation.error
        failure = restore.failure
        if failure and (failure.is_one_of(evidence.expected) or Outage.of(failure, evidence)):
            continue
        if error and restore.traceback is not None and error not in told:
            place = ["handler", *source.own_lines(restore.traceback)][-1]
            failures.setdefault((error.partition(":")[0], place), []).append(number)
    for (_, place), numbers in failures.items():
        which = restores(numbers, len(evidence.restores))
        first = evidence.restores[numbers[0] - 1]
        error = (first.invocation and first.invocation.error) or ""
        yield FAILED.finding(
            f"the handler failed {which}: {error}",
            place,
            first.traceback or error,
            _mending(error, evidence.first.snapshot),
        )


def _outages(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield one finding if the handler failed because a server is out of reach."""
    found = []
    for number, restore in enumerate(evidence.restores, 1):
        outage = Outage.of(restore.failure, evidence)
        if outage and restore.failure and not restore.failure.is_one_of(evidence.expected):
            found.append((number, restore, outage))
    if found:
        _, first, outage = found[0]
        which = restores([number for number, *_ in found], len(evidence.restores))
        yield FAILED.finding(
            f"the handler failed {which}: {outage.what}",
            ["handler", *source.own_lines(first.traceback or "")][-1],
            outage.shown,
            outage.advice,
        )


def _refusals(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding if the handler answered that it failed, in every restore."""
    results = [one.invocation.result if one.invocation else None for one in evidence.restores]
    statuses = failed_statuses(results)
    if not statuses or any(one.is_one_of(evidence.expected) for one in evidence.caught):
        return
    message = f"the handler answered with status {statuses[0]} in every restore"
    outages = [found for one in evidence.caught if (found := Outage.of(one, evidence))]
    if outages:
        message += f": {outages[-1].what}"
        yield FAILED.finding(
            message, "handler", outages[-1].shown, outages[-1].advice, level="warning"
        )
        return
    yield FAILED.finding(
        message,
        "handler",
        _short(json.dumps(results[0])),
        "It failed, and caught that itself: what it does otherwise was not rehearsed. Mend it; "
        "or pass an event that it expects, with --event.",
        level="warning",
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


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
