"""What the function's processes told that cannot come of the rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

DISTURBED = Code(
    "disturbed",
    "error",
    "init",
    "the function's code wrote into the descriptor by which the rehearsal hears what happens, so "
    "that it had to end",
    "Code that writes into file descriptors by number, or takes over all that are open, meets "
    "those of others. In Lambda that can be the connection of a library, or of the runtime.",
    remedy="Look for what writes into descriptors by number, or closes or duplicates all that are "
    "open, such as a daemon's start or a wrapper in C. Let it keep to those that it has opened "
    "itself.",
    ignorable="Never: the rehearsal ended there, so nothing that comes after was seen.",
)
CODES = (DISTURBED,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding if something was told that is no event."""
    if evidence.disturbed:
        yield DISTURBED.finding(
            "The function's process told what is no event of the rehearsal, which ended there",
            evidence.handler,
            evidence.disturbed,
            "Let the code write only into files and sockets that it has opened itself.",
        )
