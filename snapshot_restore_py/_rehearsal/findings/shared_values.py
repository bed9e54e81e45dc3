"""Values that the init made up, and that all restores share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.hooks import hook
from snapshot_restore_py._rehearsal.evidence.clocks import (
    ends_by_itself,
    is_monotonic,
    is_monotonic_reading,
    is_time,
)
from snapshot_restore_py._rehearsal.evidence.flow import Flow

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import (
        Evidence,
        Restored,
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
)
CODES = (SHARED, CAPTURED)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each made-up value that all restores share."""
    first, second, restores = evidence.first.snapshot, evidence.second.snapshot, evidence.restored
    if first is None or second is None or not restores:
        return
    shown: dict[tuple[str, str], _Shown] = {}
    renewed_alike = _hooks_drew_alike(first, restores)
    for path in evidence.made_up:
        value, other = first.values[path], second.values.get(path)
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
        if other and value.digest == other.digest and source.writes(path, value.shown):
            continue
        # The same value, reached by another name, is told with the first one.
        one = shown.setdefault(
            (value.digest, other.digest if other else ""),
            _Shown(value, other, now, len(restores), is_old, path if kept else "", [], []),
        )
        one.names.append(name)
        one.paths.append(path)
    flow = Flow(first.files)
    given: dict[str, list[_Shown]] = {}
    made: list[tuple[_Shown, Finding]] = []
    for one in shown.values():
        is_timely = one.is_old and is_time(one.value, one.other, first, second)
        if one.value.library:
            if one.is_old and not is_timely:
                given.setdefault(_holder(one.names[0], source), []).append(one)
        elif one.is_old and ends_by_itself(one.value, one.other, first, second):
            continue
        elif one.is_old and is_monotonic(one.value, one.other, first, second):
            if not _is_left_over(one, first, flow):
                yield _monotonic_time(one, source)
        elif is_timely:
            yield _captured_time(one, source)
        else:
            found = _shared_value(one, source, evidence.handler.rpartition(".")[0])
            made.append((one, found))
    yield from _one_for_each_fix(made, source)
    outcomes = [one.outcome for one in evidence.restores if one.outcome]
    told = {path for outcome in outcomes for path in outcome.explained}
    for name, values in given.items():
        # What the results share and nothing explains may be the same in another form.
        is_told = any(path in told for one in values for path in one.paths) or evidence.unclear
        yield _given_to_library(name, values, source, is_told=bool(is_told))


def _kept_elsewhere(value: Value, restores: Sequence[Restored]) -> list[str]:
    """Return the names by which all restores still reach a value whose first name is another's."""
    return [
        path
        for path, digest in restores[0].held.items()
        if digest == value.digest and all(one.held.get(path) == digest for one in restores)
    ]


def _is_left_over(shown: _Shown, first: Snapshot, flow: Flow) -> bool:
    """Tell whether it is a reading for the init alone: no function knows its name."""
    return is_monotonic_reading(shown.value, first) and all(
        path.rpartition(".")[0] in first.files and not flow.is_used(path) for path in shown.paths
    )


_EMPTY = ("''", "b''", "0", "0.0", "False", "-1")
_MOST_SHOWN = 5  # values of one name
_VARIABLE = re.compile(r"os\.environ\['(.*)'\]")
_LONGEST = 100  # characters of a path in a sentence


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


def _captured_time(shown: _Shown, source: Source) -> Finding:
    name = shown.names[0]
    return CAPTURED.finding(
        f"{_described(name)} holds a time of the init, which is old in every restore",
        name,
        shown.evidence,
        f"Read the clock when the time is needed. Or {_renewal(shown.names, source)}",
    )


def _monotonic_time(shown: _Shown, source: Source) -> Finding:
    name = shown.names[0]
    fix = (
        "Empty what it guards after the restore, as in token = None, so that it is made anew when "
        "it is needed; with a new time alone, what is old would pass for new. Or reckon with "
        "time.time(), which goes on until the restore."
    )
    code = source.ending(name)
    if code:
        lines = "\n".join(f"    {line}" for line in code.split("\n"))
        fix += f" To be added at the end of {source.file(source.split(name)[0])}:\n" + hook(
            "after_restore", f"def empty():\n{lines}"
        )
    return CAPTURED.finding(
        f"{_described(name)} holds a time of the monotonic clock, which stands still between the "
        "snapshot and the restore: what it guards ends as much later",
        name,
        shown.evidence,
        fix,
    )


def _shared_value(shown: _Shown, source: Source, handler_module: str) -> Finding:
    name = shown.names[0]
    if shown.renewed:
        message = (
            f"{_described(name)} still holds what the init made up, the same in every restore: "
            f"only {_short(shown.renewed)} was made anew"
        )
        fix = (
            "An imported name, or an object that was given the old one, keeps it. Let the hook "
            "change the object in place, as update() does with a dict, or read it by the name "
            "that the hook sets, as in module.NAME."
        )
    elif shown.is_old:
        message = f"{_described(name)} is made up during the init and the same in every restore"
        variable = _VARIABLE.fullmatch(name)
        if variable:
            renewal = _setting(variable[1], handler_module.replace("/", "."), source)
        else:
            renewal = _renewal(shown.names, source)
        fix = renewal[0].upper() + renewal[1:]
    else:
        message = (
            f"{_described(name)} is renewed after the restore, to the same value in every restore"
        )
        fix = (
            "The hook draws from a random generator that is in one state in every restore. "
            "Draw from secrets, uuid.uuid4() or os.urandom(), or reseed the generator first."
        )
    return SHARED.finding(message, name, shown.evidence, fix)


def _one_for_each_fix(made: list[tuple[_Shown, Finding]], source: Source) -> Iterator[Finding]:
    """Yield one finding for all elements of a name that the same code makes anew."""
    groups: dict[tuple[str, str], list[tuple[_Shown, Finding]]] = {}
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
    module, rest = source.split(name)
    if source.has(module):
        body = source.refilling(name) or f"...  # make what {rest} holds anew"
        code = "def renew():\n" + "\n".join(f"    {line}" for line in body.split("\n"))
        fix = f"Make it anew after the restore, at the end of {source.file(module)}:\n" + hook(
            "after_restore", code
        )
    else:
        fix = "Set it anew after the restore, in a hook."
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


def _setting(variable: str, module: str, source: Source) -> str:
    body = source.variable(module, variable)
    where = f", at the end of {source.file(module)}" if body else ""
    code = "def renew():\n    " + (body or f"...  # set os.environ[{variable!r}] anew")
    return f"set it anew after the restore{where}:\n" + hook("after_restore", code)


def _renewal(names: list[str], source: Source) -> str:
    """Return what to do to make a value anew, in words and code."""
    path = names[0]
    module, rest = source.split(path)
    file = source.file(module)
    if " (default of " in path:
        function, _, parameter = rest.partition(" (default of ")
        return (
            f"let {parameter.partition(')')[0]} of {function} have the default None in {file}, "
            "and make the value when the function is called: a default is made once, when "
            "the function is defined."
        )
    if path.endswith("() (cached result)"):
        cached = rest.partition("()")[0]
        clearing = hook("after_restore", f"def forget():\n    {cached}.cache_clear()")
        return f"empty the cache after the restore, at the end of {file}:\n{clearing}"
    renewal = source.renewal(path)
    body = renewal or f"...  # make {_short(rest)} anew"
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    advice = f"make it anew after the restore, at the end of {file}:\n" + hook(
        "after_restore", f"def renew():\n{lines}"
    )
    if renewal.startswith("global"):
        others = {source.split(name)[0] for name in names} - {module}
        if others:
            variable = renewal.split()[1]
            advice += (
                f"\n\nand read it as {module}.{variable} in {', '.join(sorted(others))}, where "
                "an imported name keeps the old value."
            )
    return advice
