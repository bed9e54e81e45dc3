"""Tells from what the processes saw what is wrong with a function, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .report import HookRun, Invocation, Level, Phase, PluginRow

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
_GENERATOR_PLUGIN = "snapshot-restore-random"


@dataclass(frozen=True)
class Value:
    """A value as one process saw it; attributes as in `values.Value`."""

    kind: str
    digest: str
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
    """Return the paths of values of the first init that the second one has otherwise."""
    new_members = {value.group for path, value in second.values.items() if path not in first.values}
    found = []
    for path, value in first.values.items():
        other = second.values.get(path)
        if value.group:
            differs = other is None and value.group in new_members
        else:
            differs = other is not None and other.digest != value.digest
        if differs and not (other and _is_duration(value, other, first, second)):
            found.append(path)
    return found


def _is_duration(value: Value, other: Value, first: Snapshot, second: Snapshot) -> bool:
    """Tell whether a number is the time that a part of the init took: it measures, no more."""
    one, two = value.number, other.number
    return (
        one is not None
        and two is not None
        and 0 < one <= first.seconds
        and 0 < two <= second.seconds
        and one != int(one)
        and 0.5 < one / two < 2
    )


def shared_values(
    paths: Sequence[str], first: Snapshot, second: Snapshot, restores: Sequence[Restored]
) -> Iterator[Finding]:
    """Yield a finding for each made-up value that all restores share."""
    seen: set[tuple[str, str]] = set()
    renewed_alike = _hooks_drew_alike(first, restores)
    for path in paths:
        value, other = first.values[path], second.values.get(path)
        here = [restored.values.get(path) for restored in restores]
        if not here or here[0] is None or len({one and one.digest for one in here}) > 1:
            continue
        is_old = here[0].digest == value.digest
        if not is_old and not (renewed_alike and here[0].shown not in _EMPTY):
            continue
        identity = (value.digest, other.digest if other else "")
        if identity in seen:
            continue  # The same value, reached by another name.
        seen.add(identity)
        name = path.partition(" ")[0] if value.group else path
        shown = _Shown(name, value, other, here[0], len(restores), is_old=is_old)
        if is_old and _is_time(value, other, first, second):
            yield _captured_time(shown)
        else:
            yield _shared_value(shown)


_EMPTY = ("''", "b''", "0", "0.0", "False", "-1")


def _hooks_drew_alike(first: Snapshot, restores: Sequence[Restored]) -> bool:
    """Tell whether the hooks drew from a generator that is in one state in all restores."""
    return any(
        len({restored.generators.get(path) for restored in restores}) == 1
        and restores[0].generators.get(path) not in (None, state)
        for path, state in first.generators.items()
    )


def _is_time(value: Value, other: Value | None, first: Snapshot, second: Snapshot) -> bool:
    if value.kind == "time":
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
    for scale in _SCALES:
        if abs(one) > _EPOCH_LIKE * scale:
            earliest = first.clocks[0]["time"] - second.clocks[1]["time"]
            latest = first.clocks[1]["time"] - second.clocks[0]["time"]
            if earliest * scale - 1 <= one - two <= latest * scale + 1:
                return True
    return False


@dataclass(frozen=True)
class _Shown:
    name: str
    value: Value
    other: Value | None
    here: Value
    restores: int
    is_old: bool

    @property
    def evidence(self) -> str:
        lines = [f"first init:   {self.value.shown}"]
        if self.other:
            lines.append(f"second init:  {self.other.shown}")
        kept = (
            "as in the first init" if self.is_old else f"renewed by the hooks to {self.here.shown}"
        )
        lines.append(f"all {self.restores} restores: {kept}")
        return "\n".join(lines)


def _captured_time(shown: _Shown) -> Finding:
    return Finding(
        "captured-time",
        "warning",
        f"{shown.name} holds a time of the init, which is old in every restore",
        shown.name,
        shown.evidence,
        f"Read the clock when the time is needed, or anew after the restore:\n{_renewal(shown)}",
    )


def _shared_value(shown: _Shown) -> Finding:
    if shown.is_old:
        message = f"{shown.name} is made up during the init and the same in every restore"
        fix = f"Make it anew after the restore:\n{_renewal(shown)}"
    else:
        message = f"{shown.name} is renewed after the restore, to the same value in every restore"
        fix = (
            "The hook draws from a random generator that is in one state in every restore. "
            "Draw from secrets, uuid.uuid4() or os.urandom(), or reseed the generator first."
        )
    return Finding("shared-value", "error", message, shown.name, shown.evidence, fix)


def _renewal(shown: _Shown) -> str:
    module, _, name = shown.name.rpartition(".")
    if name.isidentifier() and module.isidentifier():
        body = f"    global {name}\n    {name} = ...  # as at the import"
    else:
        body = f"    ...  # set {shown.name} as at the import"
    return _hook(f"def renew():\n{body}")


def _hook(function: str) -> str:
    return (
        "\n    from snapshot_restore_py import register_after_restore\n\n"
        "    @register_after_restore\n" + "\n".join(f"    {line}" for line in function.split("\n"))
    )


def shared_random_states(
    first: Snapshot, second: Snapshot, restores: Sequence[Restored]
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
            name, fix = _GENERATORS.get(path, (f"the generator {path}", _reseeding(path)))
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
_GENERATORS = {
    "random": ("Python's random module", _INSTALL),
    "numpy.random": ("numpy's global generator", _INSTALL),
}


def _reseeding(path: str) -> str:
    module = path.partition(".")[0]
    return "Seed it anew, or make a new one, after the restore:\n" + _hook(
        f"def reseed():\n    {path}.seed()  # a numpy Generator: make a new one in {module}"
    )


_CONNECTION_PLUGINS: dict[str, str] = {}


def open_connections(snapshot: Snapshot) -> Iterator[Finding]:
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
            _closing(plugin),
        )


def _closing(plugin: str | None) -> str:
    code = (
        "\n    from snapshot_restore_py import register_before_snapshot\n\n"
        "    @register_before_snapshot\n    def disconnect():\n        ...  # close it here"
    )
    advice = "Close it before the snapshot, and open it again after the restore or at first use:"
    if plugin:
        return f"Install the plugin {plugin}, which needs no code:\n\n    pip install {plugin}"
    return f"{advice}\n{code}"


def running_threads(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield a finding for each thread that ran at the snapshot."""
    for one in snapshot.threads:
        yield Finding(
            "running-thread",
            "warning",
            f"the thread {one['name']} is running at the snapshot",
            one["target"],
            f"name:   {one['name']}\ntarget: {one['target']}\n"
            "In Lambda it goes on in every restore, where it was. The forked copies of this "
            "rehearsal do not have it.",
            "End it before the snapshot and start it again after the restore, or start it at "
            "first use.",
        )


def registered_twice(snapshot: Snapshot) -> Iterator[Finding]:
    """Yield a finding for each hook that is registered again in its phase."""
    for phase, places in snapshot.twice.items():
        for place in places:
            yield Finding(
                "registered-twice",
                "warning",
                f"{place['name']} is registered more than once as {phase} hook",
                located(place),
                f"plugin: {place['plugin'] or 'none, it is explicit'}; with the same arguments",
                "Register it once. A module that is imported under two names, or a decorator "
                "and a call for one function, register twice.",
            )


def late_registration(place: dict[str, Any]) -> Finding:
    """Return the finding for a hook that was registered while the handler ran."""
    return Finding(
        "late-registration",
        "error",
        f"{place['name']} was registered while the handler ran: it will never be called",
        located(place),
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
    invocations: Sequence[Invocation], tracebacks: Sequence[str | None]
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
            _place_in(evidence),
            evidence,
            "Mend the handler; or pass an event that it expects, with --event.",
        )


def _listed(numbers: Iterable[int]) -> str:
    listed = [str(number) for number in numbers]
    return f"restore {listed[0]}" if len(listed) == 1 else f"restores {', '.join(listed)}"


def _place_in(traceback: str) -> str:
    places = [line.strip() for line in traceback.splitlines() if line.startswith('  File "')]
    if not places:
        return "handler"
    _, file, rest = places[-1].split('"', 2)
    return f"{file}:{rest.split(',')[1].replace('line', '').strip()}"


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


def located(place: dict[str, Any]) -> str:
    """Return where a hook is, from what its process tells of it."""
    return f"{place['file']}:{place['line']}" if place["file"] else str(place["name"])
