"""Child processes at the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.hooks import hook

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            "In Lambda it goes on in every restore, where it was. The copies of this rehearsal "
            "share the one of the init.",
            _ending(one, source),
        )


def _ending(process: Process, source: Source) -> str:
    advice = "Start it at the first use. Or end it before the snapshot and start it again after the"
    renewal = source.renewal(process.root) if process.is_named else ""
    if process.handle != "subprocess.Popen" or not renewal:
        return f"{advice} restore, in hooks."
    module, name = source.split(process.root)
    again = "\n".join(f"    {line}" for line in renewal.split("\n"))
    hooks = (
        hook("before_snapshot", f"def stop():\n    {name}.terminate()\n    {name}.wait()"),
        hook("after_restore", f"def start():\n{again}"),
    )
    return f"{advice} restore, at the end of {source.file(module)}:\n" + "\n\n".join(hooks)
