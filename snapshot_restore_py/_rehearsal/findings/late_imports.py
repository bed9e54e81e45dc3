"""Modules that the handler imports in a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Import

LATE = Code(
    "late-import",
    "note",
    "handler",
    "the handler imported modules that the snapshot does not hold",
    "The first invocation in every execution environment waits for such an import. What the init "
    "imports is in the snapshot, and takes no time after a restore.",
    remedy="Import the module at the top of your file, or call what imports it in a hook before "
    "the snapshot. The time that is shown is what each first invocation waits for it.",
    ignorable="If the import is rarely needed and quick, or has to stay late because it takes much "
    "memory.",
)
CODES = (LATE,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each line that led to imports, in the first restore that had some."""
    found = next((one.imports for one in evidence.restores if one.imports), ())
    places: dict[str, list[Import]] = {}
    for one in found:
        place = f"{source.shown(one.file)}:{one.line}" if one.file else "handler"
        places.setdefault(place, []).append(one)
    for place, imports in places.items():
        names = list(dict.fromkeys(one.name for one in imports))
        further = f" and {len(names) - 1} more" if names[1:] else ""
        yield LATE.finding(
            f"the handler imported {names[0]}{further}, which the first invocation waits for",
            place,
            "\n".join(f"{one.seconds * 1000:8.1f} ms  {one.name}" for one in imports),
            "Import it at the top of the module, and not lazily. What a library imports at its "
            "first use: let it be used once during the init.",
        )
