"""Tells from what the processes saw what is wrong with a function, and what to do."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .report import HookRun, Invocation, Level, Phase, PluginRow
    from .source import Source

CODES: dict[str, Level] = {
    "shared-random-state": "error",
    "shared-value": "error",
    "captured-time": "warning",
    "open-connection": "error",
    "running-thread": "warning",
    "late-registration": "error",
    "registered-twice": "warning",
    "hook-failed": "error",
    "plugin-failed": "error",
    "handler-failed": "error",
    "slow-restore": "error",
    "timeout": "error",
}
"""All codes, with the level that each usually has."""

# https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
RESTORE_LIMIT = 10  # seconds for all hooks after a restore
_EPOCH_LIKE = 1e8  # seconds; a smaller number is no wall clock's
_SCALES = (1, 1e3, 1e6, 1e9)  # of seconds, milliseconds, microseconds, nanoseconds
_DAY = 86400  # seconds
# Seconds for which things are usually kept, added to the clock to say until when.
_LIFETIMES = (0, 10, 30, *(60 * n for n in (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180)))
_LIFETIMES += tuple(3600 * n for n in (4, 6, 8, 12, 24, 48, 168, 720))
# A name that says that its number is a time that something took.
_DURATION_NAME = re.compile(
    "dura|elapsed|took|latency|seconds|secs|millis|micros|_[mun]?s\\b|time|cold", re.IGNORECASE
)
_GENERATOR_PLUGIN = "snapshot-restore-random"


@dataclass(frozen=True)
class Value:
    """A value as one process saw it; attributes as in `values.Value`."""

    kind: str
    digest: str
    bare: str
    shown: str
    number: float | None
    group: str


@dataclass(frozen=True)
class Snapshot:
    """What a process saw of itself when it was about to be copied.

    Attributes:
        seconds: How long its init took.
        clocks: What the clocks showed at the start of the init, and now.
        values: By path.
        generators: The states of random generators, by path.
        connections: What `connections.Connection.as_json` gives.
        threads: Name and target of each.
        twice: The hooks that are registered twice, by phase.
    """

    seconds: float
    clocks: Sequence[dict[str, float]]
    values: dict[str, Value]
    generators: dict[str, str]
    connections: Sequence[dict[str, str]]
    threads: Sequence[dict[str, str]]
    twice: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Restored:
    """What a copy saw of itself: after the hooks, and, as `drawn`, after the handler."""

    values: dict[str, Value]
    generators: dict[str, str]
    drawn: dict[str, str]


def snapshot_from(event: dict[str, Any]) -> Snapshot:
    """Return what the event "snapshot" tells."""
    return Snapshot(
        event["seconds"],
        event["clocks"],
        values_from(event["values"]),
        event["generators"],
        event["connections"],
        event["threads"],
        event["twice"],
    )


def values_from(found: dict[str, list[Any]]) -> dict[str, Value]:
    """Return the values that an event tells."""
    return {path: Value(*facts) for path, facts in found.items()}


def made_up(first: Snapshot, second: Snapshot) -> list[str]:
    """Return the paths of values that the first init has made up.

    These are those that the second one has otherwise, and readings of the wall clock, which
    may be the same in both inits where they are whole seconds, or days.
    """
    members: dict[str, set[str]] = {}
    for value in second.values.values():
        members.setdefault(value.group, set()).update((value.digest, value.bare))
    found = []
    for path, value in first.values.items():
        if value.group:
            others = members.get(value.group, set())
            differs = bool(others) and value.digest not in others and value.bare not in others
            if differs or (value.digest in others and _reads_wall_clock(value, first)):
                found.append(path)
            continue
        other = second.values.get(path)
        if other and (
            (_differ(value, other) and not _is_duration(path, value, other, first, second))
            or (_reads_wall_clock(value, first) and _reads_wall_clock(other, second))
        ):
            found.append(path)
    return found


def _differ(value: Value, other: Value) -> bool:
    return value.digest != other.digest and value.bare != other.bare


def _is_duration(path: str, value: Value, other: Value, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether a number is the time that a part of the init took: it measures, no more."""
    one, two = value.number, other.number
    if value.kind != "number" or one is None or two is None or min(one, two) < 0:
        return False
    for scale in _SCALES:
        # It may be rounded.
        if one <= (first.seconds + 0.01) * scale and two <= (second.seconds + 0.01) * scale:
            if _DURATION_NAME.search(path.rpartition(".")[2]):
                return True
            if _is_difference(one / scale, first) and _is_difference(two / scale, second):
                return True
    return False


def _is_difference(seconds: float, snapshot: Snapshot) -> bool:
    """Tell whether a number is what two readings of a clock differ by.

    Near numbers differ by a multiple of their last bit's worth, without any rounding. Of
    random fractions, which have more bits, not one in a thousand does.
    """
    if seconds > snapshot.seconds:
        return False
    bits = (math.ulp(reading) for reading in snapshot.clocks[0].values())
    return any(abs(round(seconds / bit) * bit - seconds) <= 2 * math.ulp(seconds) for bit in bits)


def _reads_wall_clock(value: Value, snapshot: Snapshot) -> bool:
    if value.number is None:
        return False
    start, end = snapshot.clocks[0]["time"], snapshot.clocks[1]["time"]
    if value.kind == "time":
        days = {start // _DAY * _DAY, end // _DAY * _DAY}
        return start - 1 <= value.number <= end + 1 or value.number in days
    lifetimes = _LIFETIMES if value.number == int(value.number) else (0,)
    return any(
        (start + lifetime) * scale - 1 <= value.number <= (end + lifetime) * scale + 1
        for scale in _SCALES
        for lifetime in lifetimes
    )


def shared_values(
    paths: Sequence[str],
    first: Snapshot,
    second: Snapshot,
    restores: Sequence[Restored],
    source: Source,
) -> Iterator[Finding]:
    """Yield a finding for each made-up value that all restores share."""
    shown: dict[tuple[str, str], _Shown] = {}
    renewed_alike = _hooks_drew_alike(first, restores)
    for path in paths:
        value, other = first.values[path], second.values.get(path)
        here = [restored.values.get(path) for restored in restores]
        if here[0] is None or len({one and one.digest for one in here}) > 1:
            continue
        is_old = here[0].digest == value.digest
        if not is_old and not (renewed_alike and here[0].shown not in _EMPTY):
            continue
        name = value.group or path
        # The same value, reached by another name, is told with the first one.
        one = shown.setdefault(
            (value.digest, other.digest if other else ""),
            _Shown(value, other, here[0], len(restores), is_old, []),
        )
        one.names.append(name)
    for one in shown.values():
        if one.is_old and _is_time(one.value, one.other, first, second):
            yield _captured_time(one, source)
        else:
            yield _shared_value(one, source)


_EMPTY = ("''", "b''", "0", "0.0", "False", "-1")


def _hooks_drew_alike(first: Snapshot, restores: Sequence[Restored]) -> bool:
    """Tell whether the hooks drew from a generator that is in one state in all restores."""
    return any(
        len({restored.generators.get(path) for restored in restores}) == 1
        and restores[0].generators.get(path) not in (None, state)
        for path, state in first.generators.items()
    )


def _is_time(value: Value, other: Value | None, first: Snapshot, second: Snapshot) -> bool:
    if value.kind == "time" or _reads_wall_clock(value, first):
        return True
    if value.number is None or other is None or other.number is None:
        return False
    if _shows_clock(value.number, first) and _shows_clock(other.number, second):
        return True
    return _is_offset(value.number, other.number, first, second)


def _shows_clock(number: float, snapshot: Snapshot) -> bool:
    start, end = snapshot.clocks
    return any(
        start[clock] * scale - 1 <= number <= end[clock] * scale + 1
        for clock in start
        for scale in _SCALES
    )


def _is_offset(one: float, two: float, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether two numbers lie as far apart as the two inits did."""
    earliest = first.clocks[0]["time"] - second.clocks[1]["time"]
    latest = first.clocks[1]["time"] - second.clocks[0]["time"]
    return any(
        abs(one) > _EPOCH_LIKE * scale and earliest * scale - 1 <= one - two <= latest * scale + 1
        for scale in _SCALES
    )


@dataclass(frozen=True)
class _Shown:
    value: Value
    other: Value | None
    here: Value
    restores: int
    is_old: bool
    names: list[str]

    @property
    def evidence(self) -> str:
        other = self.other.shown if self.other else "not there"
        lines = [f"first init:   {self.value.shown}", f"second init:  {other}"]
        kept = (
            "as in the first init" if self.is_old else f"renewed by the hooks to {self.here.shown}"
        )
        lines.append(f"all {self.restores} restores: {kept}")
        if self.names[1:]:
            lines.append(f"also as:      {', '.join(self.names[1:])}")
        return "\n".join(lines)


def _described(name: str) -> str:
    for mark, member in _MEMBERS.items():
        if name.endswith(mark):
            return f"{member} of {name[: -len(mark)]}"
    return name


_MEMBERS = {"() (cached result)": "a cached result", "{}": "a member", "[]": "a key"}


def _captured_time(shown: _Shown, source: Source) -> Finding:
    name = shown.names[0]
    return Finding(
        "captured-time",
        "warning",
        f"{_described(name)} holds a time of the init, which is old in every restore",
        name,
        shown.evidence,
        f"Read the clock when the time is needed. Or {_renewal(shown.names, source)}",
    )


def _shared_value(shown: _Shown, source: Source) -> Finding:
    name = shown.names[0]
    if shown.is_old:
        message = f"{_described(name)} is made up during the init and the same in every restore"
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
    return Finding("shared-value", "error", message, name, shown.evidence, fix)


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
        clearing = _hook("after_restore", f"def forget():\n    {cached}.cache_clear()")
        return f"empty the cache after the restore, at the end of {file}:\n{clearing}"
    renewal = source.renewal(path)
    body = renewal or f"...  # make {rest} anew"
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    advice = f"make it anew after the restore, at the end of {file}:\n" + _hook(
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


def _hook(phase: str, function: str) -> str:
    return (
        f"\n    from snapshot_restore_py import register_{phase}\n\n\n"
        f"    @register_{phase}\n" + "\n".join(f"    {line}" for line in function.split("\n"))
    )


def shared_random_states(
    first: Snapshot, second: Snapshot, restores: Sequence[Restored], source: Source
) -> Iterator[Finding]:
    """Yield a finding for each generator that draws alike in all restores."""
    for path, state in first.generators.items():
        states = {restored.generators.get(path) for restored in restores}
        drew = any(
            restored.drawn.get(path) != restored.generators.get(path) for restored in restores
        )
        # One that is alike in both inits is seeded by the code, and means to be the same.
        if (
            len(states) == 1
            and None not in states
            and drew
            and second.generators.get(path) != state
        ):
            kind = state.partition(" ")[0]
            name = _GLOBAL_GENERATORS.get(path, f"the generator {path}")
            fix = _INSTALL if path in _GLOBAL_GENERATORS else _reseeding(path, kind, source)
            yield Finding(
                "shared-random-state",
                "error",
                f"{name} is in the same state in every restore, and the handler drew from it",
                path,
                f"state after the hooks: the same in all {len(restores)} restores\n"
                "state after the handler: changed, so it drew\n"
                "Every environment draws the same numbers.",
                fix,
            )


_INSTALL = (
    f"Install the plugin {_GENERATOR_PLUGIN}, which needs no code:\n\n"
    f"    pip install {_GENERATOR_PLUGIN}"
)
_GLOBAL_GENERATORS = {
    "random": "Python's random module",
    "numpy.random": "numpy's global generator",
}
# The object stays the same, so that all who have it draw anew.
_SEEDING = {
    "Random": "{0}.seed()",
    "RandomState": "{0}.seed()",
    "Generator": "{0}.bit_generator.state = type({0}.bit_generator)().state",
}


def _reseeding(path: str, kind: str, source: Source) -> str:
    module, rest = source.split(path)
    seeding = _SEEDING[kind]
    if rest.endswith(" (a generator inside)"):
        rest = rest.partition(" (")[0]
        return f"Let {rest} make a new generator, or seed its generator anew, after the restore."
    body = seeding.format(rest)
    return f"Seed it anew after the restore, at the end of {source.file(module)}:\n" + _hook(
        "after_restore", f"def reseed():\n    {body}"
    )


# By the package that the object's class is from.
_CONNECTION_PLUGINS = {
    "botocore": "snapshot-restore-urllib3",
    "httpcore": "snapshot-restore-httpx",
    "redis": "snapshot-restore-redis",
    "urllib3": "snapshot-restore-urllib3",
}


def open_connections(snapshot: Snapshot, source: Source) -> Iterator[Finding]:
    """Yield a finding for each connection that was open at the snapshot."""
    for one in snapshot.connections:
        holder = one["holder"] or "an object that Python does not see"
        place = f"{holder} in {one['root']}" if one["root"] else holder
        plugin = _CONNECTION_PLUGINS.get(one["holder"].partition(".")[0])
        lines = [f"peer:  {one['peer']}"]
        if one["local"]:
            lines.append(f"local: {one['local']}")
        yield Finding(
            "open-connection",
            "error",
            f"a {one['kind']} connection to {one['peer']} is open at the snapshot",
            place,
            "\n".join([*lines, f"held by {place}"]),
            _closing(plugin, one["root"], one["closing"], source),
        )


def _closing(plugin: str | None, root: str, closing: str, source: Source) -> str:
    if plugin:
        return f"Install the plugin {plugin}, which needs no code:\n\n    pip install {plugin}"
    advice = "Connect at the first use, not during the init. Or close it before the snapshot"
    if not closing:
        return f"{advice}, in a hook, and open it again after the restore."
    module, name = source.split(root)
    hooks = [_hook("before_snapshot", f"def disconnect():\n    {name}.{closing}()")]
    renewal = source.renewal(root)
    if renewal:
        again = "\n".join(f"    {line}" for line in renewal.split("\n"))
        hooks.append(_hook("after_restore", f"def connect():\n{again}"))
    return f"{advice}, at the end of {source.file(module)}:\n" + "\n\n".join(hooks)


def running_threads(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield a finding for each thread that ran at the snapshot."""
    for one in snapshot.threads:
        name = f"the thread {one['name']}" if one["name"] else f"a thread of {one['target']}"
        yield Finding(
            "running-thread",
            "warning",
            f"{name} is running at the snapshot",
            one["target"],
            f"name:   {one['name'] or 'none, it was not started by threading'}\n"
            f"target: {one['target']}\n"
            "In Lambda it goes on in every restore, where it was. The forked copies of this "
            "rehearsal do not have it.",
            "End it before the snapshot and start it again after the restore, or start it at "
            "first use.",
        )


def registered_twice(snapshot: Snapshot, source: Source) -> Iterator[Finding]:
    """Yield a finding for each hook that is registered again in its phase."""
    for phase, places in snapshot.twice.items():
        for place in places:
            yield Finding(
                "registered-twice",
                "warning",
                f"{place['name']} is registered more than once as {phase} hook",
                located(place, source),
                f"plugin: {place['plugin'] or 'none, it is explicit'}; with the same arguments",
                "Register it once. A module that is imported under two names, or a decorator "
                "and a call for one function, register twice.",
            )


def late_registration(place: dict[str, Any], source: Source) -> Finding:
    """Return the finding for a hook that was registered while the handler ran."""
    return Finding(
        "late-registration",
        "error",
        f"{place['name']} was registered while the handler ran: it will never be called",
        located(place, source),
        "The registry had one hook more after the handler than before it.",
        "Register it while the module is imported, outside the handler.",
    )


def hook_failed(hook: HookRun, phase: str, evidence: str) -> Finding:
    """Return the finding for a hook that raised, or that ended its process."""
    owner = f"of plugin {hook.plugin}" if hook.plugin else "registered explicitly"
    consequence = (
        "Publishing the version fails in Lambda with Runtime.BeforeSnapshotError."
        if phase == "before_snapshot"
        else "The restore fails in Lambda with Runtime.AfterRestoreError."
    )
    return Finding(
        "hook-failed",
        "error",
        f"the {phase} hook {hook.name} failed: {hook.error}",
        hook.location or hook.name,
        f"{owner}\n{evidence}".rstrip(),
        f"Mend the hook, or let it handle the error. {consequence}",
    )


def plugin_failed(plugin: PluginRow) -> Finding:
    """Return the finding for a plugin that could not be loaded."""
    where = f"{plugin.distribution} {plugin.version}".strip() or "SNAPSHOT_RESTORE_PLUGINS"
    return Finding(
        "plugin-failed",
        "error",
        f"the plugin {plugin.name or '(unreadable)'} could not be loaded: {plugin.error}",
        where,
        f"{plugin.error}\nNone of its hooks are registered.",
        f"Mend or update {plugin.distribution or 'the variable'}, or leave the plugin out: "
        f"SNAPSHOT_RESTORE_PLUGINS=-{plugin.name or plugin.distribution}",
    )


def plugins_failed(message: str) -> Finding:
    """Return the finding for plugins that end the import of the package in strict mode."""
    return Finding(
        "plugin-failed",
        "error",
        message,
        "SNAPSHOT_RESTORE_PLUGINS",
        "The import of snapshot_restore_py raised it, so the function does not start.",
        "Mend or update the plugin, or choose others with SNAPSHOT_RESTORE_PLUGINS.",
    )


def handler_failed(
    invocations: Sequence[Invocation],
    tracebacks: Sequence[str | None],
    snapshot: Snapshot | None,
    source: Source,
) -> Iterator[Finding]:
    """Yield a finding for each way in which the handler failed.

    Where the traceback is None, the error is told by another finding.
    """
    by_error: dict[str, list[int]] = {}
    for number, (invocation, traceback) in enumerate(zip(invocations, tracebacks), 1):
        if invocation.error and traceback is not None:
            by_error.setdefault(invocation.error, []).append(number)
    for error, numbers in by_error.items():
        if len(numbers) == len(invocations):
            which = "in every restore"
        else:
            which = f"in {_listed(numbers)} of {len(invocations)} only"
        evidence = tracebacks[numbers[0] - 1] or error
        yield Finding(
            "handler-failed",
            "error",
            f"the handler failed {which}: {error}",
            _place_in(evidence, source),
            evidence,
            _mending(error, snapshot),
        )


def _mending(error: str, snapshot: Snapshot | None) -> str:
    if error.endswith("is not JSON serializable"):
        return (
            "Return what JSON can hold: Lambda answers with Runtime.MarshalError otherwise. A "
            "coroutine is not awaited: let the handler call asyncio.run()."
        )
    fix = "Mend the handler; or pass an event that it expects, with --event."
    if snapshot and snapshot.connections:
        fix = "First close the open connection: all restores share it here. " + fix
    return fix


def _listed(numbers: Iterable[int]) -> str:
    listed = [str(number) for number in numbers]
    return f"restore {listed[0]}" if len(listed) == 1 else f"restores {', '.join(listed)}"


def _place_in(traceback: str, source: Source) -> str:
    """Return file and line of the function's own code that was called last."""
    places = re.findall(r'^  File "(.*)", line (\d+)', traceback, re.MULTILINE)
    shown = [(source.shown(file), file, line) for file, line in places]
    own = [f"{short}:{line}" for short, file, line in shown if short != file]
    return own[-1] if own else "handler"


def slow_restore(phases: Sequence[Phase]) -> Iterator[Finding]:
    """Yield a finding if the hooks after a restore took too long, or nearly so."""
    slowest = max((phase.seconds for phase in phases), default=0.0)
    if slowest >= RESTORE_LIMIT / 2:
        phase = next(phase for phase in phases if phase.seconds == slowest)
        hooks = sorted(phase.hooks, key=lambda hook: -hook.seconds)
        yield Finding(
            "slow-restore",
            "error" if slowest > RESTORE_LIMIT else "warning",
            f"the hooks after a restore took {slowest:.1f} s; Lambda allows {RESTORE_LIMIT} s",
            hooks[0].location or hooks[0].name,
            "\n".join(f"{hook.seconds:6.2f} s  {hook.name}" for hook in hooks[:5]),
            "Do less after the restore: do it before the snapshot, or at first use.",
        )


def timeout(phase: str, limit: float, hook: HookRun | None, *, had_threads: bool) -> Finding:
    """Return the finding for a phase that was killed at its limit."""
    evidence = f"killed after {limit:g} s"
    if hook:
        evidence += f", in the hook {hook.name}"
    if had_threads:
        evidence += (
            "\nThreads ran at the snapshot. The copies do not have them, and may wait for them "
            "in vain; Lambda's have them."
        )
    return Finding(
        "timeout",
        "error",
        f"{phase} took longer than {limit:g} s and was killed",
        (hook and (hook.location or hook.name)) or phase,
        evidence,
        "Let it end sooner, or allow more with --timeout.",
    )


def located(place: dict[str, Any], source: Source) -> str:
    """Return where a hook is, from what its process tells of it."""
    if not place["file"]:
        return str(place["name"])
    return source.shown(f"{place['file']}:{place['line']}")
