"""Handlers whose first call after a restore takes much longer than the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.evidence.first_calls import slow_first_call

from ._finding import Code, Finding
from ._listing import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Client, Evidence

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
    calls = slow_first_call(evidence.restores)
    if calls:
        first, second = calls
        lines = [f"first call: {_milliseconds(first)}, second call: {_milliseconds(second)}"]
        lines += _seen(evidence, source)
        yield SLOW.finding(
            f"the first call took {_milliseconds(first)}, the second {_milliseconds(second)}",
            "handler",
            "\n".join(lines),
            "Let it happen before the snapshot: at the top of the module, or in a function that "
            "is registered with register_before_snapshot and does what the first call does, "
            "without its effects. A connection cannot be kept: leave it to the first call.",
        )


def _seen(evidence: Evidence, source: Source) -> Iterator[str]:
    """Yield what was seen during the first call."""
    restore = evidence.restores[0]
    modules = [f"{one.name} ({_milliseconds(one.seconds)})" for one in restore.imports]
    yield from _line("imports", modules)
    yield from _line("makes", (_client(one, source) for one in evidence.profile.clients))
    yield from _line("reads", map(source.shown, restore.opened))
    yield from _line("connects to", restore.servers)


def _client(client: Client, source: Source) -> str:
    place = f" in {source.shown(client.file)}:{client.line}" if client.file else ""
    return client.kind + place


def _line(what: str, names: Iterable[str]) -> Iterator[str]:
    found = list(dict.fromkeys(names))
    if found:
        yield f"{what}: {listed(found, _NAMED)}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
