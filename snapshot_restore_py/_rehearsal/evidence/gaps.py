"""What a rehearsal did not look at, and why: limits, and phases that came to no good end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .records import Evidence, Init, Read


def gaps(evidence: Evidence) -> list[str]:
    """Return what was not looked at, each in one line."""
    first, second = evidence.first, evidence.second
    if first.snapshot is None:
        return [f"what a snapshot holds, and all restores: {_end_of(first)}"]
    found = list(_placeholders(evidence))
    found += [f"{one}, because there is too much" for one in first.snapshot.cut]
    if second.snapshot is None:
        found.append(f"which values the init makes up: in the second init, {_end_of(second)}")
    elif evidence.restored and not evidence.compared:
        found.append("what the handler's results share: no restore of another init came to its end")
    if evidence.unclear:
        found.append(
            f"whether {evidence.unclear[0]} and the like come from more than the other findings "
            "name, which may explain them: mend those first"
        )
    outcomes = [one.outcome for one in evidence.restores if one.outcome]
    if any(one.is_cut for one in outcomes):
        found.append("parts of results after the first 10,000, because there is too much")
    unseen = evidence.asked - len(evidence.restored)
    if unseen:
        found.append(
            f"what {unseen} of {evidence.asked} restores share with the others: they were not "
            "reached, or ended early"
        )
    of_copies = (one for restored in evidence.restored for one in restored.cut)
    found += [f"in a restore, {one}, because there is too much" for one in of_copies]
    return list(dict.fromkeys(found))


def _placeholders(evidence: Evidence) -> Iterator[str]:
    """Yield what is told of each variable that is read and has no value here."""
    folder = os.path.join(evidence.folder, "")
    places: dict[str, Read] = {}
    for one in evidence.reads_of_placeholders:
        places.setdefault(one.variable, one)
    for name, read in places.items():
        file = read.file[len(folder) :] if read.file.startswith(folder) else read.file
        yield (
            f"what comes of {name}, which {file} reads in line {read.line}: its value is a "
            f"placeholder for {evidence.placeholders[name]}; give it one with --env {name}=VALUE"
        )


def _end_of(life: Init) -> str:
    if life.phase is None:
        return "a plugin ended it"
    if life.before_snapshot is None:
        return "the import did not end"
    return "a hook before the snapshot failed"
