"""Threads beside the main one at the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.fix import in_words
from snapshot_restore_py._rehearsal.advice.plugins import for_thread, install

from ._finding import Code, Finding
from ._going_on import going_on
from ._listing import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.fix import Fix
    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

RUNNING = Code(
    "running-thread",
    "warning",
    "snapshot",
    "a thread beside the main one runs at the snapshot",
    "It goes on in every restore where it was, in the middle of whatever it does: what it holds "
    "and what it waits for is as old as the snapshot.",
    remedy="Start the thread at its first use or in a hook after the restore, and stop it in a "
    "hook before the snapshot. A thread of a library is mostly ended by the library's own "
    "`close` or `shutdown`.",
    ignorable="If the thread only waits for work, as those of executors do, and holds no "
    "connection. A rehearsal leaves idle executors out by itself.",
)
CODES = (RUNNING,)
_SHOWN = 10  # names


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for the threads of each target that ran at the snapshot."""
    snapshot = evidence.first.snapshot
    threads: dict[str, list[str]] = {}
    for one in snapshot.threads if snapshot else ():
        threads.setdefault(one.target, []).append(one.name)
    for target, names in threads.items():
        if names[1:]:
            which = f"{len(names)} threads of {target} are"
        else:
            which = f"the thread {names[0]} is" if names[0] else f"a thread of {target} is"
        named = listed([name for name in names if name], _SHOWN)
        yield RUNNING.finding(
            f"{which} running at the snapshot",
            target,
            f"name:   {named or 'none, it was not started by threading'}\n"
            f"target: {target}\n"
            f"{going_on(snapshot, 'The copies of this rehearsal do not have it.')}",
            _ending(target),
        )


def _ending(target: str) -> Fix:
    plugin = for_thread(target.rpartition(".")[0])
    if plugin:
        return install(plugin)
    return in_words(
        "End it before the snapshot and start it again after the restore, or start it at first use."
    )
