"""Child processes at the snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.fix import hook, in_code, in_words
from snapshot_restore_py._rehearsal.advice.renewal import made_anew

from ._finding import Code, Finding
from ._going_on import going_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.fix import Fix
    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Process

RUNNING = Code(
    "running-process",
    "warning",
    "snapshot",
    "a child process that the init started runs at the snapshot",
    "It goes on in every restore where it was. Its memory is part of the snapshot, too: its random "
    "numbers, ids, connections and times are the same in every execution environment, and no hook "
    "of your function renews them.",
    remedy="Start the process after the restore or at its first use, or end it in a hook before "
    "the snapshot and start it again in one after the restore.",
    ignorable="If the process keeps no connections, makes up nothing and does not look at the "
    "clock.",
)
CODES = (RUNNING,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each child process that ran at the snapshot."""
    snapshot = evidence.first.snapshot
    for one in snapshot.processes if snapshot else ():
        handle = one.handle or "an object that Python does not see"
        place = f"{handle} in {one.root}" if one.root else handle
        yield RUNNING.finding(
            f"the child process {one.name} is running at the snapshot",
            one.root or one.name,
            f"name:    {one.name}\n"
            f"held by: {place}\n"
            f"{going_on(snapshot, 'The copies of this rehearsal share the one of the init.')}",
            _ending(one, source),
        )


def _ending(process: Process, source: Source) -> Fix:
    advice = "Start it at the first use. Or end it before the snapshot and start it again after the"
    module, name = source.split(process.root)
    is_handle = process.is_named and process.handle == "subprocess.Popen"
    anew = made_anew(module, [name], source) if is_handle else None
    if anew is None:
        return in_words(f"{advice} restore, in hooks.")
    lines = (f"{name}.terminate()", f"{name}.wait()")
    first, *others = anew.additions("start", source)
    stop = hook("before_snapshot", "stop", name, lines, anew.line)
    return in_code(f"{advice} restore", replace(first, hooks=(stop, *first.hooks)), *others)
