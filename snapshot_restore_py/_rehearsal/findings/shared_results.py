"""What the handler gives that is the same in all restores, whatever holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.fix import Fix, in_words
from snapshot_restore_py._rehearsal.advice.plugins import RANDOM, command

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, SharedPart

SHARED = Code(
    "shared-result",
    "error",
    "handler",
    "a part of the handler's result, or of what it prints, is the same in every restore and comes "
    "from the snapshot, whatever holds it",
    "A restore of another init lay between two restores, and had it otherwise. So neither the "
    "code nor a clock makes it what it is, but something in the snapshot: a generator in C or "
    "Rust, OpenSSL, a database engine, what a library keeps to itself. All execution "
    "environments give out the same.",
    remedy="Find what the message names: what the handler returns or prints, and where that comes "
    "from. If a library makes it up, install `snapshot-restore-random`; otherwise make it "
    "in the handler, or reseed its source in a hook after the restore.",
    ignorable="If it is meant to be the same, such as an id for the version that was published.",
)
CODES = (SHARED,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for each part that nothing else explains."""
    for one in evidence.shared:
        yield _shared(one, len(evidence.restores))


def _shared(one: SharedPart, restores: int) -> Finding:
    lines = [
        f"all {restores} restores: {one.value.shown}",
        f"of another init: {one.other.shown}",
        f"kept in:         {one.place or 'not found in memory as it is'}",
    ]
    if one.place:
        fix = in_words(f"Make anew after the restore what {one.place} holds, in a hook.")
    else:
        plugin = (
            f"The plugin {RANDOM} gives new randomness to OpenSSL, SQLite, bson.ObjectId, "
            "uuid_utils, ddtrace and Faker, and needs no code. It is in the folder plugins/ of the "
            "sources of snapshot-restore, and installed from their root:"
        )
        others = (
            "For what else makes it, do so in a hook after the restore. Or draw from secrets, "
            "uuid.uuid4() or os.urandom() when it is needed."
        )
        fix = Fix((plugin, command(RANDOM), others))
    return SHARED.finding(
        f"{one.path} is the same in every restore: it comes from the snapshot",
        one.place or one.path,
        "\n".join(lines),
        fix,
    )
