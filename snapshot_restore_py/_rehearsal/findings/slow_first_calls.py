"""Handlers whose first call after a restore takes much longer than the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding
from ._listing import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Restore

_SHORTEST = 0.05  # seconds of a first call that anybody notices
_TIMES = 2  # as long as the second one
_NAMED = 5  # of each kind

SLOW = Code(
    "slow-first-call",
    "note",
    "handler",
    "the first call after a restore took at least 50 ms, and twice as long as the second",
    "What runs for the first time after a restore is paid for by every execution environment: "
    "imports, clients that are made, files that are read, connections. What a hook before the "
    "snapshot does once is in the snapshot.",
    remedy="Do it once before the snapshot: import what is imported late, make the client, and "
    "call it once in a hook before the snapshot, with an answer that needs no server. See "
    "what the report lists as slow.",
    ignorable="If the first call is fast enough for you.",
)
CODES = (SLOW,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding if the first call was the slow one in all restores."""
    calls = [
        (one.invocation.seconds, one.second_call.seconds)
        for one in evidence.restores
        if one.invocation and one.second_call and one.is_done and not one.second_call.error
    ]
    if calls and all(first >= max(_SHORTEST, _TIMES * second) for first, second in calls):
        first, second = min(calls)
        lines = [f"first call: {_milliseconds(first)}, second call: {_milliseconds(second)}"]
        lines += _seen(evidence.restores[0], source)
        yield SLOW.finding(
            f"the first call took {_milliseconds(first)}, the second {_milliseconds(second)}",
            "handler",
            "\n".join(lines),
            "Let it happen before the snapshot: at the top of the module, or in a function that "
            "is registered with register_before_snapshot and does what the first call does, "
            "without its effects. A connection cannot be kept: leave it to the first call.",
        )


def _seen(restore: Restore, source: Source) -> Iterator[str]:
    """Yield what was seen during the first call."""
    modules = [f"{one.name} ({_milliseconds(one.seconds)})" for one in restore.imports]
    yield from _line("imports", modules)
    yield from _line("reads", map(source.shown, restore.opened))
    yield from _line("connects to", restore.servers)


def _line(what: str, names: Iterable[str]) -> Iterator[str]:
    found = list(dict.fromkeys(names))
    if found:
        yield f"{what}: {listed(found, _NAMED)}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
