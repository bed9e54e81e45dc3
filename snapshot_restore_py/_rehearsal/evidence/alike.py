"""What restores have alike that comes from the snapshot."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .clocks import ends_by_itself, is_duration, is_time, reads_wall_clock, seconds_of
from .records import SharedPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .records import Outcome, Restored, Snapshot, Value

_SMALL = 1 << 16  # Smaller numbers are counts, ports and the like.
_NEAR = 1  # seconds
_FEW = 4  # characters of a text that may be one of a few
_WORD_OF = ", word "
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?:e-?\d+)?(?:[mnuµ]?s|sec(?:ond)?s?|%|[kMG]i?B)?", re.ASCII)


def generators(
    first: Snapshot,
    second: Snapshot,
    restores: Sequence[Restored],
    elsewhere: Sequence[Restored],
) -> list[str]:
    """Return the paths of the generators that all restores drew from in one state.

    One that the handler seeds anew was not drawn from: its state is another one after each
    handler, or, if an event says the seed, the same after that of a restore `elsewhere`, of the
    second init.
    """
    found = []
    for path, state in first.generators.items():
        # One that is alike in both inits is seeded by the code, and means to be the same.
        if second.generators.get(path) == state:
            continue
        before = {one.generators.get(path) for one in restores}
        after = {one.drawn.get(path) for one in restores}
        if (
            len(before) == len(after) == 1
            and None not in before
            and before != after
            and not any(one.drawn.get(path) in after for one in elsewhere)
        ):
            found.append(path)
    return found


def has_shared_values(
    first: Snapshot, second: Snapshot, made_up: Sequence[str], restores: Sequence[Restored]
) -> bool:
    """Tell whether the restores share a value that the init made up, times excepted."""
    for path in made_up:
        value = first.values[path]
        digests = {path in one.values and one.values[path].digest for one in restores}
        if digests == {value.digest} and not is_time(value, second.values.get(path), first, second):
            return True
    return False


def shared_parts(
    first: Snapshot, second: Snapshot, own: Sequence[Outcome], others: Sequence[Outcome]
) -> list[SharedPart]:
    """Return what all outcomes of one init share, and all those of another have otherwise.

    No clock explains it, if an outcome of the other lies between two of the one.

    Args:
        first: The snapshot that the restores began with.
        second: That of another init.
        own: The outcomes of the restores of the first.
        others: Those of the second.
    """
    return [
        one
        for one in _own_parts(own, others)
        if not is_time(one.value, one.other, first, second)
        and not _is_duration(one.path, one.value, one.other, first, second)
    ]


def shared_times(
    first: Snapshot,
    second: Snapshot,
    own: Sequence[Outcome],
    others: Sequence[Outcome],
    known: Sequence[Value],
) -> list[SharedPart]:
    """Return the times of the init that all outcomes show.

    What shows the present cannot be alike before and after a restore that has it otherwise.

    Args:
        first: As of `shared_parts`, and so are the next three.
        second: See there.
        own: See there.
        others: See there.
        known: Values of the init that may stand in the outcomes in another form.
    """
    told = [seconds_of(one) for one in known]
    return [
        one
        for one in _own_parts(own, others)
        if reads_wall_clock(one.value, first)
        and reads_wall_clock(one.other, second)
        and not ends_by_itself(one.value, one.other, first, second)
        and not any(abs(seconds_of(one.value) - seconds) < _NEAR for seconds in told)
    ]


def _own_parts(own: Sequence[Outcome], others: Sequence[Outcome]) -> list[SharedPart]:
    if len(own) < 2 or not others:
        return []
    elsewhere = {
        form for other in others for one in other.parts.values() for form in (one.digest, one.bare)
    }
    # The same value in several parts is told with the first one.
    found: dict[str, SharedPart] = {}
    for path, value in own[0].parts.items():
        if (
            _is_small(value)
            or value.digest in elsewhere
            or value.bare in elsewhere
            or _is_told_with_text(path, own, elsewhere)
        ):
            continue
        other = others[0].parts.get(path)
        if other and _is_alike(own, path) and _is_alike(others, path):
            places = [one.places[path] for one in own if path in one.places]
            found.setdefault(value.shown.strip("'"), SharedPart(path, value, other, *places[:1]))
    return list(found.values())


def _is_alike(outcomes: Sequence[Outcome], path: str) -> bool:
    return len({path in one.parts and one.parts[path].digest for one in outcomes}) == 1


def _is_told_with_text(path: str, own: Sequence[Outcome], elsewhere: set[str]) -> bool:
    """Tell whether it is a word of a text that the other findings, or the text's own, explain."""
    text, _, word = path.partition(_WORD_OF)
    if not word or not _is_alike(own, text):
        return False
    whole = own[0].parts.get(text)
    # What is the same elsewhere may differ in what it measures, which is compared by itself.
    return whole is None or whole.digest not in elsewhere


def _is_small(value: Value) -> bool:
    """Tell whether it has so few digits, or characters, that it may be alike by chance."""
    if value.number is None:
        digits = _NUMBER.fullmatch(_word(value))
        return len(_word(value)) < _FEW or bool(digits and _has_few_digits(digits[1]))
    if value.number == int(value.number):
        return abs(value.number) < _SMALL
    return _has_few_digits(value.shown)


def _has_few_digits(number: str) -> bool:
    digits = number.replace(".", "")
    return digits.isdecimal() and int(digits) < _SMALL


def _is_duration(path: str, value: Value, other: Value, first: Snapshot, second: Snapshot) -> bool:
    return is_duration(path, _as_number(value), _as_number(other), first, second)


def _as_number(value: Value) -> Value:
    """Return the number that a word is, maybe with its unit; else the value itself."""
    match = _NUMBER.fullmatch(_word(value)) if value.number is None else None
    return replace(value, kind="number", number=float(match[1])) if match else value


def _word(value: Value) -> str:
    return value.shown.strip("'")
