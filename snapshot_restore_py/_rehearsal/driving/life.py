"""Runs a function through its life: two inits, a snapshot of the first, restores from it."""

from __future__ import annotations

import math
import os
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.advice.makers import made_up_by_function
from snapshot_restore_py._rehearsal.advice.source import Source
from snapshot_restore_py._rehearsal.evidence.alike import (
    generators,
    has_shared_values,
    shared_parts,
    shared_times,
)
from snapshot_restore_py._rehearsal.evidence.answers import failed_statuses
from snapshot_restore_py._rehearsal.evidence.calendar import Calendar
from snapshot_restore_py._rehearsal.evidence.first_calls import slow_first_call
from snapshot_restore_py._rehearsal.evidence.flow import Flow
from snapshot_restore_py._rehearsal.evidence.made_up import made_up, monotonic, unmistakable
from snapshot_restore_py._rehearsal.evidence.records import (
    Evidence,
    FailedHook,
    Failure,
    HookRun,
    Init,
    Invocation,
    Outcome,
    Output,
    Overrun,
    Phase,
    Profile,
    Restore,
    Restored,
    SharedPart,
    Snapshot,
    Trouble,
)

from . import events
from .engine import BrokenEventError, CopyEndedError, EndedEarlyError, EngineError, TimeLimitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .call import Call, Listener
    from .engine import Engine, Process


_TWICE = ". That was the second time: a rehearsal runs the init twice, to compare what it makes up"


# Where the calls come from that are none of the function's.
_OURS = (
    os.path.join("_rehearsal", "inside", "function.py"),
    os.path.join("_testing", "copier.py"),
)

_HOOK_ENDS = ("hook done", "hook failed")

_LOOKING = 60.0  # seconds that a process may look at itself, however short a phase may be

# More restores of both inits, run only where something is alike that nothing explains: what
# is one of a few, by chance, is not alike in all of them.
_CONFIRMING = 3


class CannotStartError(Exception):
    """The handler cannot be imported. The message is one line that says why.

    Attributes:
        is_call_wrong: Whether there is no such handler, rather than one that fails.
        traceback: Of what it raised; empty if that is not known.
        failure: What it raised; None if that is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        is_call_wrong: bool = False,
        traceback: str = "",
        failure: Failure | None = None,
    ) -> None:
        super().__init__(message)
        self.is_call_wrong = is_call_wrong
        self.traceback = traceback
        self.failure = failure


def live(call: Call, listener: Listener, engine: Engine) -> Evidence:
    """Run a function through its whole life, and return what was seen.

    Args:
        call: What to rehearse.
        listener: Hears what goes on.
        engine: How its processes are run and copied.

    Raises:
        CannotStartError: The handler cannot be imported.
    """
    with engine.session():
        return _Life(call, listener, engine).run()


@dataclass
class _Life:
    call: Call
    listener: Listener
    engine: Engine
    outputs: list[Output] = field(default_factory=list)
    restores: list[Restore] = field(default_factory=list)
    failed_hooks: list[FailedHook] = field(default_factory=list)
    overruns: list[Overrun] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    broken_plugins: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)  # what is looked at after the handler, too
    old: list[str] = field(default_factory=list)  # digests that are looked for under other names
    caught: list[Failure] = field(default_factory=list)

    def run(self) -> Evidence:
        second, differing = Init(), []
        dated: list[str] = []
        shared: list[SharedPart] = []
        times: list[SharedPart] = []
        compared = False
        elsewhere: list[Restored] = []
        first = Init()
        disturbed = ""
        profile = Profile()
        process = self._start()
        try:
            first = self._begin(process, "init")
            if first.snapshot:
                dated = Calendar(Flow(first.snapshot.files)).parts(first.snapshot.values)
                with self._beside(first.snapshot) as beside:
                    if beside:
                        second, other = beside.init, beside.snapshot
                        elsewhere = beside.restored
                        differing = self._made_up(first.snapshot, other)
                        self.again = monotonic(first.snapshot, other, differing)
                        self.old = unmistakable(first.snapshot, differing)
                        self._restore_all(process, [*differing, *dated], beside)
                        compared = bool(beside.outcomes)
                        times = self._shared_times(first.snapshot, [*differing, *dated], beside)
                        shared = self._shared(process, first.snapshot, differing, beside)
                        profile = self._profile(process, first.snapshot, beside)
                        self._watch(process, differing)
                    else:
                        # Both may want what one process alone can have: a port, a file, a lock.
                        everything = list(first.snapshot.values)
                        self._restore_all(process, everything)
                        profile = self._profile(process, first.snapshot)
                        self._watch(process, everything)
                if not second.snapshot:
                    process.end()
                    second = self._init_again()
                    if second.snapshot:
                        differing = self._made_up(first.snapshot, second.snapshot)
        except BrokenEventError as broken:
            disturbed = broken.shown
        finally:
            process.end()
        return Evidence(
            handler=self.call.handler,
            folder=self.call.path,
            limit=self.call.limit,
            asked=self.call.restores,
            first=first,
            second=second,
            made_up=tuple(differing),
            dated=tuple(dated),
            restores=tuple(self.restores),
            failed_hooks=tuple(self.failed_hooks),
            overruns=tuple(self.overruns),
            troubles=tuple(self.troubles),
            broken_plugins=tuple(self.broken_plugins),
            outputs=tuple(self.outputs),
            compared=compared,
            shared=tuple(shared),
            times=tuple(times),
            elsewhere=tuple(elsewhere),
            unclear=tuple(self.unclear),
            disturbed=disturbed,
            profile=profile,
            expected=tuple(self.call.expected),
            caught=tuple(self.caught),
            no_aws=self.call.no_aws,
            placeholders=self.call.placeholders,
        )

    def _made_up(self, first: Snapshot, second: Snapshot) -> list[str]:
        in_libraries = {path for path, value in first.values.items() if value.library}
        found = made_up(first, second)
        return made_up_by_function(found, in_libraries, Source(self.call.path, first.files))

    def _start(self) -> Process:
        try:
            return self.engine.start(self.listener, self.outputs)
        except EngineError as problem:
            raise CannotStartError(str(problem), is_call_wrong=True) from None

    @contextmanager
    def _beside(self, first: Snapshot) -> Iterator[_Beside | None]:
        """Let a process of a second init live beside the first one's, as long as the block.

        Nothing is concluded from a failure: None is yielded then.
        """
        _wait_for_another_second(first.clocks[0]["time"])
        trial = _Life(self.call, self.listener, self.engine)
        process = trial._start()
        try:
            try:
                init = trial._begin(process, "second init")
            except CannotStartError:
                init = Init()
            if not init.snapshot:
                process.end()  # Now: what it holds may be what the first one's copies want.
            yield _Beside(trial, process, init, init.snapshot) if init.snapshot else None
        finally:
            process.end()
        if init.snapshot:
            restored = [one for one in self.outputs if one.origin.startswith("restore")]
            before = [one for one in self.outputs if one not in restored]
            self.outputs[:] = before + trial.outputs + restored

    def _init_again(self) -> Init:
        process = self._start()
        try:
            return self._begin(process, "second init")
        finally:
            process.end()

    def _begin(self, process: Process, name: str) -> Init:
        """Follow a process until it can be copied, or cannot go on."""
        life = self._init(process, name)
        if life.phase is None or self._is_over(name):
            return life
        before = "before the snapshot" if name == "init" else f"{name}, before the snapshot"
        phase, done = self._run_hooks(process, "before_snapshot", before)
        life = replace(life, before_snapshot=phase)
        if not done:
            return life
        self._look(process)
        try:
            return replace(life, snapshot=events.snapshot(process.event("snapshot")))
        except (EndedEarlyError, TimeLimitError) as problem:
            raise CannotStartError(
                f"the function's process {problem} while it was looked at"
            ) from None

    def _is_over(self, phase: str) -> bool:
        return any(overrun.phase == phase for overrun in self.overruns)

    def _init(self, process: Process, name: str) -> Init:
        handler, limit = self.call.handler, self.call.limit
        again = "" if name == "init" else " a second time"
        try:
            process.event("begin")
        except (EndedEarlyError, TimeLimitError) as problem:
            raise CannotStartError(
                f"the interpreter that was to import the handler {handler!r}{again} {problem} "
                "before it began"
            ) from None
        self._enter(process, name)
        process.reply()
        try:
            event = process.event("refused", "end init")
        except EndedEarlyError as ended:
            raise CannotStartError(
                f"the process that imported the handler {handler!r}{again} ended early: it {ended}"
            ) from None
        except TimeLimitError:
            self.overruns.append(Overrun(name, None))
            return Init(Phase(limit))
        if event["event"] == "refused":
            if event["status"] != 1:
                shown = event.get("traceback", "")
                raise CannotStartError(
                    event["error"] + (_TWICE if again else ""),
                    is_call_wrong=not shown,
                    traceback=shown,
                    failure=events.failure(event),
                )
            self.broken_plugins.append(event["error"])
            return Init()
        plugins = tuple(map(events.plugin_row, event["plugins"]))
        process.reply()
        return Init(Phase(event["seconds"]), plugins, tuple(event["problems"]))

    def _enter(self, process: Process, origin: str, seconds: float | None = None) -> None:
        process.name_output(origin)
        process.allow(self.call.limit if seconds is None else seconds)
        self.listener.step(origin)

    def _look(self, process: Process) -> None:
        """Give a process time to look at itself: that runs none of the function's code."""
        process.allow(max(self.call.limit, _LOOKING))

    def _run_hooks(self, process: Process, phase: str, origin: str) -> tuple[Phase, bool]:
        """Follow a process through the hooks of a phase; tell whether all have run."""
        hooks: list[HookRun] = []
        seconds = 0.0
        try:
            event = process.event("begin")
            while event["event"] != "end":
                if event["event"] == "begin":
                    self._enter(process, origin)
                elif event["event"] == "hook":
                    hooks.append(self._hook(event))
                else:
                    error = event.get("error")
                    hooks[-1] = replace(hooks[-1], seconds=event["seconds"], error=error)
                    if error:
                        failure = events.failure(event)
                        failed = FailedHook(hooks[-1], phase, event["traceback"], failure)
                        self.failed_hooks.append(failed)
                        if not failure or not failure.is_one_of(self.call.expected):
                            return Phase(_total(hooks), tuple(hooks)), False
                    elif event["dropped"] or event["died"]:
                        died = tuple((name, problem) for name, problem in event["died"])
                        dropped = tuple(event["dropped"])
                        self.troubles.append(Trouble(hooks[-1], phase, dropped, died))
                running = event["event"] == "hook"
                process.reply(is_expected=event["event"] == "hook failed")
                event = process.event(*(_HOOK_ENDS if running else ("hook", f"end {phase}")))
            seconds = event["seconds"]
        except (EndedEarlyError, CopyEndedError, TimeLimitError) as problem:
            process.kill_copy()
            self._hooks_stopped(problem, hooks, phase, origin, _stack(process.written()))
            return Phase(_total(hooks), tuple(hooks)), False
        process.reply()
        return Phase(seconds, tuple(hooks)), True

    def _hooks_stopped(
        self,
        problem: EndedEarlyError | CopyEndedError | TimeLimitError,
        hooks: list[HookRun],
        phase: str,
        origin: str,
        stack: str,
    ) -> None:
        hook = hooks[-1] if hooks else HookRun(origin, None, None, 0.0, None)
        if isinstance(problem, TimeLimitError):
            limit = self.call.limit
            hook = replace(hook, seconds=limit, error=f"killed after {limit:g} s")
            in_copy = phase == "after_restore"
            self.overruns.append(Overrun(origin, hook, in_copy=in_copy, stack=stack))
        else:
            hook = replace(hook, error=f"its process {problem}")
            self.failed_hooks.append(FailedHook(hook, phase, f"the process {problem}"))
        hooks[-1:] = [hook]

    def _hook(self, event: dict[str, Any]) -> HookRun:
        place = events.hook_place(event)
        location = self._shown(f"{place.file}:{place.line}") if place.file else None
        return HookRun(place.name, place.plugin, location, 0.0, None)

    def _shown(self, location: str) -> str:
        folder = self.call.path + os.sep
        return location[len(folder) :] if location.startswith(folder) else location

    def _restore_all(
        self, process: Process, wanted: list[str], beside: _Beside | None = None
    ) -> None:
        for number in range(1, self.call.restores + 1):
            known = len(self.overruns)
            name = f"restore {number}"
            try:
                restore = self._copy(
                    process,
                    name,
                    wanted,
                    compare=bool(beside),
                    second_call=self.call.second_call and self.engine.tells_speed,
                )
            except CopyEndedError as ended:
                failed = Invocation(0.0, None, f"its process {ended} before the hooks")
                restore = Restore(None, failed)
            except TimeLimitError:
                self.overruns.append(Overrun(f"{name}, start", None, in_copy=True))
                break
            except EndedEarlyError as ended:
                # A copy has ended the process that it is a copy of.
                failed = Invocation(0.0, None, f"the process of the snapshot {ended}")
                self.restores.append(Restore(None, failed))
                break
            self.restores.append(restore)
            if len(self.overruns) > known:
                break  # The others would take as long.
            if beside and number == 1 and restore.outcome:
                # Between two of the first one's, so that time has passed in between.
                beside.restore(wanted)

    def _copy(
        self,
        process: Process,
        name: str,
        wanted: list[str],
        *,
        compare: bool,
        seek: Iterable[str] = (),
        second_call: bool = False,
        watch: bool = False,
    ) -> Restore:
        """Have a copy made, and see it through its life."""
        process.start_copy(
            **self._order(name, wanted),
            compare=compare,
            seek=list(seek),
            second_id=str(uuid.uuid4()) if second_call else None,
            watch=watch,
            profiled=None,
        )
        restore = self._restore(process, name, compare=compare)
        if second_call and restore.restored and restore.is_done:
            restore = replace(restore, second_call=self._invoke_again(process, name))
        process.finish_copy()
        return restore

    def _order(self, name: str, wanted: list[str]) -> dict[str, Any]:
        """Return what each copy is told."""
        return {
            "restore": name,
            "values": wanted,
            "again": self.again,
            "old": self.old,
            "event": self.call.event,
            "request_id": str(uuid.uuid4()),
        }

    def _profile(self, process: Process, first: Snapshot, beside: _Beside | None = None) -> Profile:
        """Run the handler once more with a profiler, if there is something to see by it."""
        found: list[str] = []
        if beside:
            restored = [one.restored for one in self.restores if one.restored]
            found = generators(first, beside.snapshot, restored, beside.restored)
        if self.overruns or not (found or slow_first_call(self.restores)):
            return Profile()
        trial = _Life(self.call, self.listener, self.engine)
        name = "restore with a profiler"
        with suppress(EndedEarlyError, CopyEndedError):
            try:
                process.start_copy(**trial._order(name, []), profiled=found)
                _, done = trial._run_hooks(process, "after_restore", f"{name}, hooks")
                if done:
                    trial._look(process)
                    process.event("observed")
                    process.reply()
                    process.event("begin")
                    trial._enter(process, f"{name}, handler", self.call.invocation_limit)
                    process.reply()
                    return events.profile(process.event("profiled"))
            except TimeLimitError:
                process.kill_copy()
            finally:
                process.finish_copy()
        return Profile()

    def _watch(self, process: Process, wanted: list[str]) -> None:
        """Live one more restore, to see what the handler catches, if that tells more."""
        if self.overruns or not any(one.is_done for one in self.restores):
            return
        results = [one.invocation.result for one in self.restores if one.invocation]
        failures = [one.failure for one in self.restores]
        failures += [one.failure for one in self.failed_hooks]
        seen = {
            expected
            for expected in self.call.expected
            for one in failures
            if one and one.is_one_of([expected])
        }
        if seen == {*self.call.expected} and not failed_statuses(results):
            return
        with suppress(EndedEarlyError, CopyEndedError, TimeLimitError):
            name = f"restore {len(self.restores) + 1}"
            watched = replace(self, restores=[], failed_hooks=[], overruns=[], troubles=[])
            self.caught += watched._copy(process, name, wanted, compare=False, watch=True).caught

    def _shared_times(
        self, first: Snapshot, known: Sequence[str], beside: _Beside
    ) -> list[SharedPart]:
        """Return the times of the init in the outcomes, without those that are told of anyhow."""
        if first.expiring:
            return []
        own = [one.outcome for one in self.restores if one.outcome]
        values = [first.values[path] for path in known]
        told = [one for one in values if not one.library]
        return shared_times(first, beside.snapshot, own, beside.outcomes, told)

    def _shared(
        self, process: Process, first: Snapshot, wanted: list[str], beside: _Beside
    ) -> list[SharedPart]:
        """Return what the outcomes of all restores share, and nothing else explains."""
        own = [one.outcome for one in self.restores if one.outcome]
        restored = [one.restored for one in self.restores if one.restored]
        found = shared_parts(first, beside.snapshot, own, beside.outcomes)
        ends = {one.mark for one in first.expiring} - {one.mark for one in beside.snapshot.expiring}
        if (
            ends
            or generators(first, beside.snapshot, restored, beside.restored)
            or has_shared_values(first, beside.snapshot, wanted, restored)
        ):
            self.unclear += [one.path for one in found]
            return []
        if not found:
            return []
        again = _Beside(_Life(self.call, self.listener, self.engine), process, Init(), first, own)
        for _ in range(_CONFIRMING):
            beside.restore(wanted)
            again.restore(wanted, [one.path for one in found])
        return shared_parts(first, beside.snapshot, again.outcomes, beside.outcomes)

    def _restore(self, process: Process, name: str, *, compare: bool) -> Restore:
        """Follow a copy until it has nothing more to do, or cannot go on."""
        origin = f"{name}, hooks"
        phase, done = self._run_hooks(process, "after_restore", origin)
        if not done:
            failed = Invocation(0.0, None, "not invoked, because a hook failed")
            return Restore(phase, failed, traceback=None)
        origin = f"{name}, handler"
        try:
            self._look(process)
            observed = process.event("observed")
            process.reply()
            process.event("begin")
            self._enter(process, origin, self.call.invocation_limit)
            process.reply()
            event = process.event("end invoke")
            process.reply(written=process.written())
            outcome = None
            if compare and "result" in event:
                self._look(process)
                outcome = events.outcome(process.event("compared"))
                process.reply()
        except CopyEndedError as ended:
            return Restore(phase, Invocation(0.0, None, f"its process {ended}"))
        except TimeLimitError:
            process.kill_copy()
            limit = self.call.invocation_limit
            stack = _stack(process.written())
            self.overruns.append(Overrun(origin, None, True, stack, self.call.timeout))
            failed = Invocation(limit, None, f"killed after {limit:g} s")
            return Restore(phase, failed, traceback=None)
        return Restore(
            phase,
            Invocation(event["seconds"], event.get("result"), event.get("error")),
            event.get("traceback", ""),
            Restored(
                events.values(observed["values"]),
                observed["generators"],
                event["generators"],
                observed["cut"],
                events.expiring(observed),
                tuple(event["renewed"]),
                events.fetches(observed),
                observed["rebound"],
                observed["held"],
            ),
            tuple(map(events.hook_place, event["late"])),
            outcome,
            events.reads(event),
            events.imports(event),
            event["opened"],
            event["servers"],
            failure=events.failure(event),
            caught=events.caught(event),
        )

    def _invoke_again(self, process: Process, name: str) -> Invocation:
        """Follow a copy through its second invocation, from which nothing else is concluded."""
        try:
            process.event("begin")
            self._enter(process, f"{name}, second call", self.call.invocation_limit)
            process.reply()
            event = process.event("end second call")
            process.reply()
        except CopyEndedError as ended:
            return Invocation(0.0, None, f"its process {ended}")
        except TimeLimitError:
            process.kill_copy()
            limit = self.call.invocation_limit
            return Invocation(limit, None, f"killed after {limit:g} s")
        return Invocation(event["seconds"], None, event.get("error"))


@dataclass
class _Beside:
    """A process whose restores are only compared: what fails in them is told of others.

    Attributes:
        life: Where its failures are kept.
        process: The process.
        init: What it has come to.
        snapshot: What it saw of itself.
        outcomes: Those of its restores.
        restored: What its copies saw of themselves.
    """

    life: _Life
    process: Process
    init: Init
    snapshot: Snapshot
    outcomes: list[Outcome] = field(default_factory=list)
    restored: list[Restored] = field(default_factory=list)

    def restore(self, wanted: list[str], seek: Iterable[str] = ()) -> None:
        """Let it live one more restore."""
        if self.life.overruns or self.life.failed_hooks:
            return
        name = "second init, restore"
        with suppress(EndedEarlyError, CopyEndedError, TimeLimitError):
            restore = self.life._copy(self.process, name, wanted, compare=True, seek=seek)
            if restore.outcome:
                self.outcomes.append(restore.outcome)
            if restore.restored:
                self.restored.append(restore.restored)


def _wait_for_another_second(began: float) -> None:
    """Wait until the wall clock shows another second than when the first init began.

    What is made of whole seconds differs between the two inits then.
    """
    remaining = math.floor(began) + 1 - time.time()
    if 0 < remaining <= 1:
        time.sleep(remaining)


def _stack(written: str) -> str:
    """Return what a process has written of its stacks last, without the rehearsal's own calls."""
    _, found, dump = written.rpartition("Timeout (")
    lines = dump.split("\n")[1:] if found else []
    return "\n".join(line for line in lines if not any(one in line for one in _OURS)).strip("\n")


def _total(hooks: list[HookRun]) -> float:
    return sum(hook.seconds for hook in hooks)
