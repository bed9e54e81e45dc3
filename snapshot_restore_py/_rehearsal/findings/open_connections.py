"""Connections that are open at the snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.fix import hook, in_code, in_words
from snapshot_restore_py._rehearsal.advice.plugins import for_connection, install
from snapshot_restore_py._rehearsal.advice.renewal import made_anew

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.fix import Fix
    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Connection, Evidence

OPEN = Code(
    "open-connection",
    "error",
    "snapshot",
    "a TCP, UDP or Unix connection is open at the snapshot",
    "Nobody holds the other end when an execution environment starts from the snapshot: what is "
    "sent first fails, or waits until a time limit.",
    remedy="Close the connection in a hook before the snapshot and let the next use connect anew. "
    "For the usual libraries a plugin does that; the fix names it. Or connect in the "
    "handler, at the first use.",
    ignorable="If it leads to something in the same environment, such as a process that the "
    "init has started, which is in the snapshot too.",
)
CODES = (OPEN,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each connection that was open at the snapshot."""
    snapshot = evidence.first.snapshot
    for one in snapshot.connections if snapshot else ():
        holder = one.holder or "an object that Python does not see"
        place = f"{holder} in {one.root}" if one.root else holder
        lines = [f"peer:  {one.peer}"]
        if one.local:
            lines.append(f"local: {one.local}")
        yield OPEN.finding(
            f"a {one.kind} connection to {one.peer} is open at the snapshot",
            place,
            "\n".join([*lines, f"held by {place}"]),
            _closing(one, source),
        )


def _closing(one: Connection, source: Source) -> Fix:
    plugin = for_connection(one.modules)
    if plugin:
        return install(plugin)
    advice = "Connect at the first use, not during the init. Or close it before the snapshot"
    if not one.closing:
        return in_words(f"{advice}, in a hook, and open it again after the restore.")
    module, name = source.split(one.root)
    anew = made_anew(module, [name], source)
    if anew is None:
        return in_words(
            f"{advice} with {name}.{one.closing}(), in a hook, and open it again after the restore."
        )
    closing = hook("before_snapshot", "disconnect", name, (f"{name}.{one.closing}()",), anew.line)
    first, *others = anew.additions("connect", source)
    both = replace(first, hooks=(closing, *first.hooks))
    return in_code(advice, both, *others)
