"""Rehearses: two inits, a snapshot of the first, restores from it, and what they showed."""

from __future__ import annotations

import os
import platform
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import findings
from .conductor import (
    CopyEndedError,
    EndedEarlyError,
    Process,
    TimeLimitError,
    no_process_left,
)
from .report import Finding, HookRun, Invocation, Output, Phase, PluginRow, Report
from .source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conductor import Call, Listener
    from .findings import Restored, Snapshot


_TWICE = ". That was the second time: a rehearsal runs the init twice, to compare what it makes up"


class CannotStartError(Exception):
    """The handler cannot be imported. The message is one line that says why."""


def rehearse(call: Call, listener: Listener) -> Report:
    """Run a function through its whole life, and return what was seen.

    Raises:
        CannotStartError: The handler cannot be imported.
    """
    with no_process_left():
        return _Rehearsal(call, listener).run()


@dataclass
class _Life:
    """What has come of a process so far; its snapshot is None if it could not go on."""

    init: Phase | None = None
    plugins: tuple[PluginRow, ...] = ()
    before_snapshot: Phase | None = None
    snapshot: Snapshot | None = None


@dataclass
class _Rehearsal:
    call: Call
    listener: Listener
    outputs: list[Output] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)
    after_restore: list[Phase] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)
    tracebacks: list[str | None] = field(default_factory=list)
    made_up: list[str] = field(default_factory=list)
    restored: list[Restored] = field(default_factory=list)
    late: list[dict[str, Any]] = field(default_factory=list)

    def run(self) -> Report:
        life, other = _Life(), _Life()
        process = Process(self.call, self.listener, self.outputs)
        try:
            self._begin(process, "init", life)
            if life.snapshot:
                self._init_again(other)
                if other.snapshot:
                    self.made_up = findings.made_up(life.snapshot, other.snapshot)
                self._restore_all(process, life.snapshot)
        finally:
            process.end()
        self.found += self._judge(life, other.snapshot)
        return Report(
            handler=self.call.handler,
            python=platform.python_version(),
            restores=self.call.restores,
            plugins=life.plugins,
            init=life.init,
            before_snapshot=life.before_snapshot,
            after_restore=tuple(self.after_restore),
            invoke=tuple(self.invocations),
            findings=tuple(_in_order(self.found)),
            outputs=tuple(self.outputs),
        )

    def _init_again(self, life: _Life) -> None:
        process = Process(self.call, self.listener, self.outputs)
        try:
            self._begin(process, "second init", life)
        finally:
            process.end()

    def _begin(self, process: Process, name: str, life: _Life) -> None:
        """Follow a process until it can be copied, or cannot go on."""
        if self._init(process, name, life):
            before = "before the snapshot" if name == "init" else f"{name}, before the snapshot"
            life.before_snapshot, done = self._run_hooks(process, "before_snapshot", before)
            if done:
                process.allow(self.call.limit)
                try:
                    life.snapshot = findings.snapshot_from(process.event())
                except (EndedEarlyError, TimeLimitError) as problem:
                    raise CannotStartError(
                        f"the function's process {problem} while it was looked at"
                    ) from None

    def _init(self, process: Process, name: str, life: _Life) -> bool:
        handler, limit = self.call.handler, self.call.limit
        again = "" if name == "init" else " a second time"
        process.event()
        self._enter(process, name)
        process.reply()
        try:
            event = process.event()
        except EndedEarlyError as ended:
            raise CannotStartError(
                f"the process that imported the handler {handler!r}{again} ended early: it {ended}"
            ) from None
        except TimeLimitError:
            self.found.append(findings.timeout(name, limit, None, had_threads=False))
            life.init = Phase(limit)
            return False
        if event["event"] == "refused":
            if event["status"] != 1:
                raise CannotStartError(event["error"] + (_TWICE if again else ""))
            self.found.append(findings.plugins_failed(event["error"]))
            return False
        life.init = Phase(event["seconds"])
        life.plugins = tuple(map(_plugin_row, event["plugins"]))
        process.reply()
        return True

    def _enter(self, process: Process, origin: str) -> None:
        process.name_output(origin)
        process.allow(self.call.limit)
        self.listener.step(origin)

    def _run_hooks(
        self, process: Process, phase: str, origin: str, *, had_threads: bool = False
    ) -> tuple[Phase, bool]:
        """Follow a process through the hooks of a phase; tell whether all have run."""
        hooks: list[HookRun] = []
        seconds = 0.0
        try:
            event = process.event()
            while event["event"] != "end":
                if event["event"] == "begin":
                    self._enter(process, origin)
                elif event["event"] == "hook":
                    hooks.append(self._hook(event))
                else:
                    error = event.get("error")
                    hooks[-1] = replace(hooks[-1], seconds=event["seconds"], error=error)
                    if error:
                        evidence = event["traceback"]
                        self.found.append(findings.hook_failed(hooks[-1], phase, evidence))
                        return Phase(_total(hooks), tuple(hooks)), False
                process.reply()
                event = process.event()
            seconds = event["seconds"]
        except (EndedEarlyError, CopyEndedError, TimeLimitError) as problem:
            process.kill_copy()
            self._hooks_stopped(problem, hooks, phase, origin, had_threads=had_threads)
            return Phase(_total(hooks), tuple(hooks)), False
        process.reply()
        return Phase(seconds, tuple(hooks)), True

    def _hooks_stopped(
        self,
        problem: EndedEarlyError | CopyEndedError | TimeLimitError,
        hooks: list[HookRun],
        phase: str,
        origin: str,
        *,
        had_threads: bool,
    ) -> None:
        hook = hooks[-1] if hooks else HookRun(origin, None, None, 0.0, None)
        if isinstance(problem, TimeLimitError):
            limit = self.call.limit
            hook = replace(hook, seconds=limit, error=f"killed after {limit:g} s")
            finding = findings.timeout(origin, limit, hook, had_threads=had_threads)
        else:
            hook = replace(hook, error=f"its process {problem}")
            finding = findings.hook_failed(hook, phase, f"the process {problem}")
        self.found.append(finding)
        hooks[-1:] = [hook]

    def _hook(self, place: dict[str, Any]) -> HookRun:
        location = None
        if place["file"]:
            location = self._shown(f"{place['file']}:{place['line']}")
        return HookRun(place["name"], place["plugin"], location, 0.0, None)

    def _shown(self, location: str) -> str:
        folder = self.call.path + os.sep
        return location[len(folder) :] if location.startswith(folder) else location

    def _restore_all(self, process: Process, first: Snapshot) -> None:
        for number in range(1, self.call.restores + 1):
            request_id = str(uuid.uuid4())
            order = {"values": self.made_up, "event": self.call.event, "request_id": request_id}
            try:
                process.start_copy(restore=number, **order)
                goes_on = self._restore(
                    process, f"restore {number}", had_threads=bool(first.threads)
                )
                process.finish_copy()
            except EndedEarlyError as ended:
                # A copy has ended the process that it is a copy of.
                self._fail(0.0, f"the process of the snapshot {ended}")
                break
            if not goes_on:
                break  # The others would take as long.

    def _restore(self, process: Process, name: str, *, had_threads: bool) -> bool:
        """Follow a copy; tell whether it makes sense to make another."""
        origin = f"{name}, hooks"
        phase, done = self._run_hooks(process, "after_restore", origin, had_threads=had_threads)
        self.after_restore.append(phase)
        if not done:
            self._fail(0.0, "not invoked, because a hook failed", None)
            return all(finding.code != "timeout" for finding in self.found)
        origin = f"{name}, handler"
        try:
            observed = process.event()
            process.reply()
            process.event()
            self._enter(process, origin)
            process.reply()
            event = process.event()
        except CopyEndedError as ended:
            self._fail(0.0, f"its process {ended}")
        except TimeLimitError:
            process.kill_copy()
            limit = self.call.limit
            self._fail(limit, f"killed after {limit:g} s", None)
            self.found.append(findings.timeout(origin, limit, None, had_threads=had_threads))
            return False
        else:
            values = findings.values_from(observed["values"])
            self.restored.append(
                findings.Restored(values, observed["generators"], event["generators"])
            )
            self.late += event["late"]
            error = event.get("error")
            self.invocations.append(Invocation(event["seconds"], event.get("result"), error))
            self.tracebacks.append(event.get("traceback", ""))
            process.reply()
        return True

    def _fail(self, seconds: float, error: str, traceback: str | None = "") -> None:
        self.invocations.append(Invocation(seconds, None, error))
        self.tracebacks.append(traceback)

    def _judge(self, life: _Life, second: Snapshot | None) -> Iterator[Finding]:
        source = Source(self.call.path)
        for plugin in life.plugins:
            if plugin.status == "failed":
                yield findings.plugin_failed(plugin)
        if life.snapshot:
            yield from findings.open_connections(life.snapshot, source)
            yield from findings.running_threads(life.snapshot)
            yield from findings.registered_twice(life.snapshot, source)
        handled = (self.invocations, self.tracebacks, life.snapshot)
        yield from findings.handler_failed(*handled, source)
        yield from findings.slow_restore(self.after_restore)
        for place in {place["name"]: place for place in self.late}.values():
            yield findings.late_registration(place, source)
        if life.snapshot and second and self.restored:
            seen = (life.snapshot, second, self.restored, source)
            yield from findings.shared_random_states(*seen)
            yield from findings.shared_values(self.made_up, *seen)


def _in_order(found: list[Finding]) -> list[Finding]:
    """Return errors before warnings, and what several restores showed alike once."""
    distinct = {(finding.code, finding.message, finding.location): finding for finding in found}
    return sorted(distinct.values(), key=lambda finding: finding.level)


def _total(hooks: list[HookRun]) -> float:
    return sum(hook.seconds for hook in hooks)


def _plugin_row(row: dict[str, Any]) -> PluginRow:
    return PluginRow(row["name"], row["distribution"], row["version"], row["status"], row["error"])
