"""What is said of threads and processes that go on after a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.evidence.records import Snapshot

_SAID = "In Lambda it goes on in every restore, where it was."
_WHOLE = "virtual machine"


def going_on(snapshot: Snapshot | None, in_copies: str) -> str:
    """Return what is said of something that goes on in Lambda.

    Args:
        snapshot: The snapshot.
        in_copies: What is said of it where copies of a process stand for restores.
    """
    if snapshot and snapshot.copies.startswith(_WHOLE):
        return f"{_SAID} So it did in this rehearsal."
    return f"{_SAID} {in_copies}"
