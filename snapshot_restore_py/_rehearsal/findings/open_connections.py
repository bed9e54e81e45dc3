"""Connections that are open at the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.hooks import hook
from snapshot_restore_py._rehearsal.advice.plugins import install

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

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

# By the package that the object's class is from.
_CONNECTION_PLUGINS = {
    "botocore": "snapshot-restore-urllib3",
    "httpcore": "snapshot-restore-httpx",
    "redis": "snapshot-restore-redis",
    "urllib3": "snapshot-restore-urllib3",
}


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each connection that was open at the snapshot."""
    snapshot = evidence.first.snapshot
    for one in snapshot.connections if snapshot else ():
        holder = one.holder or "an object that Python does not see"
        place = f"{holder} in {one.root}" if one.root else holder
        plugin = _CONNECTION_PLUGINS.get(one.holder.partition(".")[0])
        lines = [f"peer:  {one.peer}"]
        if one.local:
            lines.append(f"local: {one.local}")
        yield OPEN.finding(
            f"a {one.kind} connection to {one.peer} is open at the snapshot",
            place,
            "\n".join([*lines, f"held by {place}"]),
            _closing(plugin, one.root, one.closing, source),
        )


def _closing(plugin: str | None, root: str, closing: str, source: Source) -> str:
    if plugin:
        return install(plugin)
    advice = "Connect at the first use, not during the init. Or close it before the snapshot"
    if not closing:
        return f"{advice}, in a hook, and open it again after the restore."
    module, name = source.split(root)
    hooks = [hook("before_snapshot", f"def disconnect():\n    {name}.{closing}()")]
    renewal = source.renewal(root)
    if renewal:
        again = "\n".join(f"    {line}" for line in renewal.split("\n"))
        hooks.append(hook("after_restore", f"def connect():\n{again}"))
    return f"{advice}, at the end of {source.file(module)}:\n" + "\n\n".join(hooks)
