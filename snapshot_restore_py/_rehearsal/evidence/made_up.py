"""Which values an init made up, told by comparing two inits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .clocks import is_duration, is_monotonic, is_whole_deadline, reads_wall_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .records import Snapshot, Value


_LONG = 12  # characters of a text, with its quotation marks


def made_up(first: Snapshot, second: Snapshot) -> list[str]:
    """Return the paths of values that the first init has made up.

    These are those that the second one has otherwise, and readings of clocks, which may be
    the same in both inits where they are whole seconds, minutes or days.
    """
    members: dict[str, set[str]] = {}
    for value in second.values.values():
        members.setdefault(value.group, set()).update((value.digest, value.bare))
    found = []
    for path, value in first.values.items():
        if value.group:
            others = members.get(value.group, set())
            differs = bool(others) and value.digest not in others and value.bare not in others
            if differs or (value.digest in others and reads_wall_clock(value, first)):
                found.append(path)
            continue
        other = second.values.get(path)
        if other and (
            (_differ(value, other) and not is_duration(path, value, other, first, second))
            or (reads_wall_clock(value, first) and reads_wall_clock(other, second))
            or (is_whole_deadline(path, value, first) and is_whole_deadline(path, other, second))
        ):
            found.append(path)
    return found


def monotonic(first: Snapshot, second: Snapshot, paths: Sequence[str]) -> list[str]:
    """Return those paths whose values are of a clock that stands still until the restore."""
    values, others = first.values, second.values
    return [one for one in paths if is_monotonic(values[one], others.get(one), first, second)]


def unmistakable(first: Snapshot, paths: Sequence[str]) -> list[str]:
    """Return the digests of those values that nothing else equals by chance."""
    values = [first.values[path] for path in paths]
    return [one.digest for one in values if one.kind == "text" and len(one.shown) >= _LONG]


def _differ(value: Value, other: Value) -> bool:
    return value.digest != other.digest and value.bare != other.bare
