"""Values that the init made up, and that all restores share."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.caches import CACHED, forgetting
from snapshot_restore_py._rehearsal.advice.fix import Fix, in_code, in_words
from snapshot_restore_py._rehearsal.advice.generators import draws_alike
from snapshot_restore_py._rehearsal.advice.plugins import RANDOM, command, for_cache, install
from snapshot_restore_py._rehearsal.advice.renewal import ending, refilling, renewal, variable
from snapshot_restore_py._rehearsal.evidence.ages import Ages
from snapshot_restore_py._rehearsal.evidence.clocks import (
    ends_by_itself,
    is_monotonic,
    is_monotonic_reading,
    is_time,
)
from snapshot_restore_py._rehearsal.evidence.flow import Flow
from snapshot_restore_py._rehearsal.evidence.measurements import Measurements

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from snapshot_restore_py._rehearsal.advice.fix import Addition
    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import (
        Evidence,
        Restored,
        SharedPart,
        Snapshot,
        Value,
    )

SHARED = Code(
    "shared-value",
    "error",
    "restore",
    "a value that the init made up (a str, bytes, number or UUID; also inside collections and "
    "objects, and in environment variables) is the same in every restore. A warning in an object "
    "of a library, if no result shows it",
    "The init was run twice, and what differs between the two was made up: an id, a secret, a "
    "key. The snapshot holds one of them, so every execution environment has the same.",
    remedy="Make it in the handler or in a hook after the restore: declare it empty and fill it in "
    "the hook, or clear the cache that holds it.",
    ignorable="If one for all is meant: an id of the build, a salt that is only to differ from "
    "version to version. Then a constant of the deployment says it more clearly.",
)
CAPTURED = Code(
    "captured-time",
    "warning",
    "restore",
    "a date, or a number that a clock showed during the init, also inside a text, is the same in "
    "every restore",
    "What was read from a clock during the init is as old as the snapshot in every restore: "
    "hours or weeks. Read the clock when the time is needed. A deadline by the monotonic clock, "
    "which stands still between the snapshot and the restore, comes as much later.",
    remedy="Read the clock where the time is needed. Where a time of the start is wanted, set it "
    "in a hook after the restore. For ages and deadlines that cross the snapshot use the "
    "wall clock: the monotonic one does not count the time in between.",
    ignorable="If it is meant to be the time of the init, as in a log line, or only says how old "
    "something is that code makes anew. Where the function's source shows that, it is no finding.",
)
CODES = (SHARED, CAPTURED)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each made-up value that all restores share."""
    first, second, restores = evidence.first.snapshot, evidence.second.snapshot, evidence.restored
    if first is None or second is None or not restores:
        return
    shown: dict[tuple[str, str], _Shown] = {}
    renewed_alike = _hooks_drew_alike(first, restores)
    made_up = set(evidence.made_up)
    # Beside a part of the date, a text may have what was made up.
    dated = {
        path
        for path in evidence.dated
        if path not in made_up or first.values[path].kind == "number"
    }
    flow = Flow(first.files)
    measurements = Measurements(flow)
    for path in [*evidence.made_up, *sorted(dated - made_up)]:
        value, other = first.values[path], second.values.get(path)
        if value.kind == "number" and measurements.has(path):
            continue
        if value.timeless and other is None:  # the member of a set
            alike = (one for one in second.values.values() if one.timeless == value.timeless)
            other = next(alike, None)
        here = [restored.values.get(path) for restored in restores]
        is_renewed = any(one is None or one.digest != value.digest for one in here)
        kept = _kept_elsewhere(value, restores) if is_renewed else []
        now = value if kept else here[0]
        if now is None or (not kept and len({one and one.digest for one in here}) > 1):
            continue
        is_old = now.digest == value.digest
        if not is_old and not (renewed_alike and now.shown not in _EMPTY):
            continue
        if is_old and first.ends_with_another(path, value):
            continue
        if all(path in restored.renewed for restored in restores):
            continue  # Each invocation takes a time of its own, to tell how long a thing took.
        name = kept[0] if kept else value.group or path
        if path not in dated and _is_constant(path, value, other, source):
            continue
        # The same value, reached by another name, is told with the first one.
        one = shown.setdefault(
            (value.digest, other.digest if other else ""),
            _Shown(value, other, now, len(restores), is_old, path if kept else "", [], []),
        )
        one.names.append(name)
        one.paths.append(path)
    ages = Ages(flow)
    outcomes = [one.outcome for one in evidence.restores if one.outcome]
    told = {path for outcome in outcomes for path in outcome.explained}
    given: dict[str, list[_Shown]] = {}
    made: list[tuple[_Shown, Finding]] = []
    held = {_holder(name, source) for one in shown.values() for name in one.names}
    for one in shown.values():
        is_dated = not dated.isdisjoint(one.paths)
        is_timely = one.is_old and (is_dated or is_time(one.value, one.other, first, second))
        if is_timely and all({*one.names} <= {*restored.rebound} for restored in restores):
            continue  # It was made anew, on the same day.
        if one.value.library:
            if one.is_old and not is_timely:
                given.setdefault(_holder(one.names[0], source), []).append(one)
            elif _is_shown(one, told) and not ends_by_itself(one.value, one.other, first, second):
                yield _captured_time(one, held, source)
        elif (
            one.is_old
            and ends_by_itself(one.value, one.other, first, second)
            # To others it says an end that has come already, if no code looks at it before.
            and (
                bool(one.value.timeless) or not _is_shown(one, told) or ages.are_compared(one.paths)
            )
        ):
            continue
        elif one.is_old and not is_dated and is_monotonic(one.value, one.other, first, second):
            if not _is_left_over(one, first, flow, source):
                yield _monotonic_time(one, source)
        elif is_timely:
            if not (_only_measures(one, flow) or _is_checked(one, ages)) or _is_shown(one, told):
                yield _captured_time(one, held, source)
        else:
            found = _shared_value(one, held, source)
            made.append((one, found))
    yield from _one_for_each_fix(made, source)
    for name, values in given.items():
        # What the results share and nothing explains may be the same in another form.
        is_told = any(_is_shown(one, told) for one in values) or evidence.unclear
        yield _given_to_library(name, values, source, is_told=bool(is_told))
    if evidence.times:
        yield _times_in_results(evidence.times)


def _is_constant(path: str, value: Value, other: Value | None, source: Source) -> bool:
    return other is not None and value.digest == other.digest and source.writes(path, value.shown)


def _kept_elsewhere(value: Value, restores: Sequence[Restored]) -> list[str]:
    """Return the names by which all restores still reach a value whose first name is another's."""
    return [
        path
        for path, digest in restores[0].held.items()
        if digest == value.digest and all(one.held.get(path) == digest for one in restores)
    ]


def _is_left_over(shown: _Shown, first: Snapshot, flow: Flow, source: Source) -> bool:
    """Tell whether it is a reading for the init alone: no function knows its name.

    That of what holds it counts, if this is a collection.
    """
    return is_monotonic_reading(shown.value, first) and all(
        source.split(path)[0] in first.files
        and _IN_COLLECTIONS.fullmatch(source.split(path)[1])
        and not flow.is_used(_holder(path, source))
        for path in shown.paths
    )


def _only_measures(shown: _Shown, flow: Flow) -> bool:
    """Tell whether it is the start of something that the init took the time of, and no more."""
    return shown.value.kind in _READINGS and all(map(flow.only_measures, shown.paths))


def _is_checked(shown: _Shown, ages: Ages) -> bool:
    """Tell whether it only says how old something is, and code that finds it old renews it."""
    return shown.value.kind in _READINGS and ages.are_checked(shown.paths)


def _is_shown(shown: _Shown, told: set[str]) -> bool:
    return any(path in told for path in shown.paths)


_READINGS = ("number", "time")
_EMPTY = ("''", "b''", "0", "0.0", "False", "-1")
_MOST_SHOWN = 5  # values of one name
_IN_COLLECTIONS = re.compile(r"\w+(?:\[.*\])?")
_VARIABLE = re.compile(r"os\.environ\['(.*)'\]")
_LONGEST = 100  # characters of a path in a sentence
_ELSEWHERE = (
    "An imported name, or an object that was given the old one, keeps it. Let the hook change the "
    "object in place, as update() does with a dict, or read it by the name that the hook sets, as "
    "in module.NAME."
)


def _hooks_drew_alike(first: Snapshot, restores: Sequence[Restored]) -> bool:
    """Tell whether the hooks drew from a generator that is in one state in all restores."""
    return any(
        len({restored.generators.get(path) for restored in restores}) == 1
        and restores[0].generators.get(path) not in (None, state)
        for path, state in first.generators.items()
    )


@dataclass(frozen=True)
class _Shown:
    value: Value
    other: Value | None
    here: Value
    restores: int
    is_old: bool
    renewed: str  # the name by which it was made anew, if another one leads to the old one
    names: list[str]
    paths: list[str]

    @property
    def evidence(self) -> str:
        other = self.other.shown if self.other else "not there"
        lines = [f"first init:   {self.value.shown}", f"second init:  {other}"]
        kept = (
            "as in the first init" if self.is_old else f"renewed by the hooks to {self.here.shown}"
        )
        lines.append(f"all {self.restores} restores: {kept}")
        if self.names[1:]:
            lines.append(f"also as:      {', '.join(map(_short, self.names[1:]))}")
        return "\n".join(lines)


def _described(name: str) -> str:
    for mark, member in _MEMBERS.items():
        if name.endswith(mark):
            return f"{member} of {_short(name[: -len(mark)])}"
    return _short(name)


def _short(path: str) -> str:
    if len(path) <= _LONGEST:
        return path
    return f"{path[: _LONGEST // 2]}...{path[-_LONGEST // 2 :]}"


_MEMBERS = {"() (cached result)": "a cached result", "{}": "a member", "[]": "a key"}


def _captured_time(shown: _Shown, held: set[str], source: Source) -> Finding:
    name = shown.names[0]
    return CAPTURED.finding(
        f"{_described(name)} holds a time of the init, which is old in every restore",
        name,
        shown.evidence,
        _renewal("Read the clock when the time is needed. Or make", shown.names, held, source),
    )


def _times_in_results(parts: Sequence[SharedPart]) -> Finding:
    shown = {one.path.partition(", time ")[0]: one for one in reversed(parts)}
    places = sorted(shown, key=lambda place: (not place.startswith("result"), place))
    lines: list[str] = []
    for place in places[:_MOST_SHOWN]:
        lines += [
            f"{_short(place)}:",
            f"  all restores:    {shown[place].value.shown}",
            f"  of another init: {shown[place].other.shown}",
        ]
    if len(places) > _MOST_SHOWN:
        lines.append(f"and {len(places) - _MOST_SHOWN} more")
    return CAPTURED.finding(
        f"{_short(places[0])} shows a time of the init, which is old in every restore",
        places[0],
        "\n".join(lines),
        in_words(
            "Find what holds it: a default of a model or column, a table, an object of a library. "
            "Read the clock when the time is needed, as a default that is a function does."
        ),
    )


def _monotonic_time(shown: _Shown, source: Source) -> Finding:
    name = shown.names[0]
    advice = (
        "Empty what it guards after the restore, as in token = None, so that it is made anew when "
        "it is needed; with a new time alone, what is old would pass for new. Or reckon with "
        "time.time(), which goes on until the restore."
    )
    ended = ending(name, source)
    if ended is None:
        fix = in_words(advice)
    else:
        fix = in_code(f"{advice} To be added", *ended.additions("empty", source))
    return CAPTURED.finding(
        f"{_described(name)} holds a time of the monotonic clock, which stands still between the "
        "snapshot and the restore: what it guards ends as much later",
        name,
        shown.evidence,
        fix,
    )


def _shared_value(shown: _Shown, held: set[str], source: Source) -> Finding:
    name = shown.names[0]
    if shown.renewed:
        message = (
            f"{_described(name)} still holds what the init made up, the same in every restore: "
            f"only {_short(shown.renewed)} was made anew"
        )
        fix = in_words(_ELSEWHERE)
    elif shown.is_old:
        message = f"{_described(name)} is made up during the init and the same in every restore"
        fix = _renewal("Make", shown.names, held, source)
    else:
        message = (
            f"{_described(name)} is renewed after the restore, to the same value in every restore"
        )
        fix = in_words(
            "The hook draws from a random generator that is in one state in every restore. "
            "Draw from secrets, uuid.uuid4() or os.urandom(), or reseed the generator first."
        )
    return SHARED.finding(message, name, shown.evidence, fix)


def _one_for_each_fix(made: list[tuple[_Shown, Finding]], source: Source) -> Iterator[Finding]:
    """Yield one finding for all elements of a name that the same code makes anew."""
    groups: dict[tuple[str, Fix], list[tuple[_Shown, Finding]]] = {}
    for shown, found in made:
        groups.setdefault((_holder(shown.names[0], source), found.fix), []).append((shown, found))
    for (name, fix), group in groups.items():
        if len(group) == 1:
            yield group[0][1]
            continue
        how = "are made up during the init and the same in every restore"
        if not group[0][0].is_old:
            how = "are renewed after the restore, to the same values in every restore"
        yield SHARED.finding(
            f"{len(group)} values in {name} {how}",
            name,
            _together([shown for shown, _ in group]),
            fix,
        )


def _holder(path: str, source: Source) -> str:
    """Return the name of the function's that a path begins with."""
    module, rest = source.split(path)
    name = re.match(r"\w+", rest)
    return f"{module}.{name[0]}" if name and source.has(module) else path


def _given_to_library(name: str, values: list[_Shown], source: Source, *, is_told: bool) -> Finding:
    count = "a value that was" if len(values) == 1 else f"{len(values)} values that were"
    plugin = for_cache(source.making(name))
    again = refilling(name, source)
    if again is None and plugin:
        fix = install(plugin)
    elif again is None:
        fix = in_words(f"Make anew after the restore what {name} holds, in a hook.")
    else:
        fix = in_code("Make it anew after the restore", *again.additions("renew", source))
    return SHARED.finding(
        f"{name} holds {count} made up during the init, the same in every restore",
        name,
        _together(values),
        fix,
        level="error" if is_told else "warning",
    )


def _together(values: Sequence[_Shown]) -> str:
    """Return the evidence of several values that are told of together."""
    lines = []
    for one in values[:_MOST_SHOWN]:
        lines += [f"{_short(one.names[0])}:", *(f"  {line}" for line in one.evidence.split("\n"))]
    if len(values) > _MOST_SHOWN:
        lines.append(f"and {len(values) - _MOST_SHOWN} more")
    return "\n".join(lines)


def _renewal(start: str, names: Sequence[str], held: set[str], source: Source) -> Fix:
    """Return what to do to make a value anew, under all its names.

    Args:
        start: The beginning of the sentence, as in "Make".
        names: The value's paths.
        held: The names that hold this and other values to be made anew.
        source: The function's source.
    """
    path = names[0]
    if " (default of " in path:
        module, rest = source.split(path)
        function, _, parameter = rest.partition(" (default of ")
        return in_words(
            f"Let {parameter.partition(')')[0]} of {function} have the default None in "
            f"{source.file(module)}, and make the value when the function is called: a default is "
            "made once, when the function is defined."
        )
    if path.endswith(CACHED):
        return forgetting("Empty the cache after the restore", path, source)
    additions = _additions(names, source)
    if additions:
        others = sorted((_taken(additions) & held) - {_holder(one, source) for one in names})
        further = f", with {', '.join(others)}, which it is made from" if others else ""
        return in_code(f"{start} it anew after the restore{further}", *additions)
    own = sorted({_holder(one, source) for one in names})
    verb, further = ("hold", f" {_ELSEWHERE}") if own[1:] else ("holds", "")
    made = source.making(path)
    if made and draws_alike(ast.parse(made), source.split(path)[0], source):
        words = (
            f"{start} anew after the restore what {', '.join(own)} {verb}, in a hook, from "
            "secrets, uuid.uuid4() or os.urandom(): what it draws from is in one state in every "
            f"restore. Or let the plugin {RANDOM} reseed that before, as far as it knows it:"
        )
        return Fix((words, command(RANDOM)))
    return in_words(
        f"{start} anew after the restore what {', '.join(own)} {verb}, in a hook that is "
        f"registered with register_after_restore.{further}"
    )


def _taken(additions: Sequence[Addition]) -> set[str]:
    """Return the names that code takes something from, with their modules."""
    return {
        f"{addition.module}.{name}"
        for addition in additions
        for hook in addition.hooks
        for name in re.findall(r"\w+", "\n".join(hook.statements))
    }


def _additions(names: Sequence[str], source: Source) -> list[Addition]:
    """Return the code that makes a value anew under all its names; empty if it is not known."""
    found: list[Addition] = []
    renewed: set[str] = set()
    first = ""
    for name in names:
        if _holder(name, source) in renewed:
            continue
        match = _VARIABLE.fullmatch(name)
        anew = variable(match[1], source) if match else renewal(name, source)
        if anew is None or (first and not anew.takes(first)):
            return []  # What holds it too must be made from it, not by itself.
        first = first or re.split(r"\W", anew.what)[0]
        found += anew.additions("renew", source)
        for one in anew.rebound:
            again = source.importers(anew.module, one) or ()
            renewed |= {f"{other.module}.{other.name}" for other in again}
    return found
