"""Runs the function in small virtual machines, which are really snapshotted and restored.

A machine that has booted is the start of each init. It is saved when the function is ready for
the snapshot, and each restore is a machine that goes on from there: with all threads, child
processes and files, with dead connections to the outside, and with a clock that has jumped.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from snapshot_restore_py._machine.architecture import MissingError
from snapshot_restore_py._machine.base import Told, base
from snapshot_restore_py._machine.machine import MachineError, continued
from snapshot_restore_py._machine.program import Program
from snapshot_restore_py._rehearsal.driving.engine import (
    BrokenEventError,
    CopyEndedError,
    EndedEarlyError,
    EngineError,
    TimeLimitError,
)
from snapshot_restore_py._rehearsal.driving.forms import is_event
from snapshot_restore_py._rehearsal.driving.output import Writing
from snapshot_restore_py._rehearsal.driving.starting import (
    HOME,
    SCRIPT,
    arguments,
    environment,
)
from snapshot_restore_py._supervision import no_process_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._machine.base import Base
    from snapshot_restore_py._machine.machine import Machine, Saved
    from snapshot_restore_py._rehearsal.driving.call import Call, Listener
    from snapshot_restore_py._rehearsal.evidence.records import Output

_MACHINE = "virtual machine"
_START = 120  # seconds that an interpreter may take to start
_GRACE = 5  # seconds that a process may take for what is no phase, such as to end
_STACKS = 1.0  # seconds that writing the stacks may take


class Engine:
    """Runs the function in virtual machines.

    Args:
        call: What to rehearse.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._base: Base | None = None
        self._number = 0

    def _kept_in(self) -> Path | None:
        if self._call.machine.kept is None:
            return None
        folder = Path(self._call.machine.kept)
        folder.mkdir(0o700, parents=True, exist_ok=True)
        return folder

    @property
    def tells_speed(self) -> bool:
        """Whether the processor runs the machine itself: software gets faster while it runs."""
        return bool(self._base and self._base.saved.setup.is_accelerated)

    @contextmanager
    def session(self) -> Iterator[None]:
        """End, when it is left, all that was started within."""
        with no_process_left():
            try:
                yield
            finally:
                if self._base:
                    self._base.saved.memory.close()

    def start(self, listener: Listener, outputs: list[Output]) -> Process:
        """Start a process of the function.

        Raises:
            EngineError: Something is not there that machines need, or a machine does not start.
        """
        variables = environment(self._call)
        try:
            if self._base is None:
                folders = [self._call.path, HOME]
                told = Told(listener.step, partial(listener.output, _MACHINE))
                self._base = base(self._call.machine, folders, variables, told)
            self._number += 1
            kept = (self._kept_in(), self._number)
            return Process(self._call, self._base, variables, Writing(listener, outputs), kept)
        except OSError as problem:
            raise EngineError(f"a virtual machine cannot be made: {problem}") from None
        except (MissingError, MachineError) as problem:
            raise EngineError(str(problem)) from None


class _Clock:
    """Tells how long something takes, as it would if the machine were as fast as this one."""

    def __init__(self, machine: Machine, slowness: float) -> None:
        self._machine = machine
        self._slowness = slowness
        self.restart()

    def restart(self) -> None:
        """Begin anew."""
        self._began = time.monotonic()
        self._busy = self._machine.busy()

    def _both(self) -> tuple[float, float]:
        return time.monotonic() - self._began, self._machine.busy() - self._busy

    def seconds(self) -> float:
        """Return how long it has taken: what it was busy counts less, what it waited does not."""
        passed, busy = self._both()
        busy = min(busy, passed)
        return passed - busy + busy / self._slowness

    def share(self) -> float:
        """Return how much of what a machine measures would have passed here."""
        passed, _ = self._both()
        return self.seconds() / passed if passed > 0 else 1.0


class Process:
    """One process of the function in a machine, with all that it started.

    Args:
        call: What to rehearse.
        start: The machine to start from.
        variables: The process's.
        writing: Takes its output.
        kept: A folder for the console's log and the snapshot, None for neither, and the number
            of this process.
    """

    def __init__(
        self,
        call: Call,
        start: Base,
        variables: dict[str, str],
        writing: Writing,
        kept: tuple[Path | None, int],
    ) -> None:
        self._call = call
        self._slowness = start.slowness
        self._way = "KVM" if start.saved.setup.is_accelerated else "software emulation"
        self._writing = writing
        self._saved: Saved | None = None
        self._sender = ""
        self._told = 0
        self._told_at_snapshot = 0
        self._grace = min(call.limit, _GRACE)
        self._is_in_copy = False
        self._is_over = False
        self._waits = False
        self._kept, self._number = kept
        self._program: Program | None = self._taken(start.start(call.machine))
        before, after = arguments(call, is_copied_from_outside=True)
        given = ([sys.executable, "-uB", str(SCRIPT), *before], after)
        try:
            self._program.start(given, variables, (os.getuid(), os.getgid()))
        except MachineError:
            self.end()
            raise
        self.allow(_START)

    def _taken(self, machine: Machine) -> Program:
        """Return the process in a machine, which is the one that counts from now on."""
        self._clock = _Clock(machine, self._slowness)
        self._program = Program(machine, self._writing.hear, self._writing.leave_out)
        return self._program

    def _living(self) -> Program:
        """Return the process: nobody asks for it when its machine has been ended."""
        return cast("Program", self._program)

    def name_output(self, origin: str) -> None:
        """Say where the output comes from that is written from now on."""
        self._writing.name(origin)

    def written(self) -> str:
        """Return what was written since the output was named."""
        return self._writing.text()

    def allow(self, seconds: float) -> None:
        """Set the time that may pass until the next event."""
        self._limit = seconds
        self._clock.restart()

    def reply(self, **facts: Any) -> None:
        """Let the process go on after the event that it told last."""
        self._waits = False
        data = json.dumps({"number": f"{self._sender}.{self._told}", **facts}).encode()
        self._living().reply(data + b"\n")

    def event(self, *expected: str) -> dict[str, Any]:
        """Return the next event, which is one of those expected.

        Raises:
            EndedEarlyError: The process has ended.
            CopyEndedError: The copy that it had made has.
            TimeLimitError: None came in time.
            BrokenEventError: What came is no event, is not expected, or not of its form.
        """
        program = self._living()
        while True:
            program.read()
            line = program.line()
            if line is not None:
                found = self._checked(line, expected)
                if found["event"] == "snapshot":
                    self._save(program.machine)
                return found
            if program.status is not None:
                raise self._ended(program.status)
            if program.machine.has_ended():
                raise self._lost(program.machine.problem("has ended"))
            if self._clock.seconds() > self._limit:
                self._ask_for_stacks(program)
                raise TimeLimitError
            program.machine.pause(self._limit)

    def _checked(self, line: bytes, expected: tuple[str, ...]) -> dict[str, Any]:
        """Return what a line tells; raise BrokenEventError if it is not what may come now."""
        found: Any = None
        with suppress(ValueError, RecursionError):
            found = json.loads(line)
        if not isinstance(found, dict) or not is_event(found, expected):
            raise BrokenEventError(line)
        sender, _, number = str(found.get("number")).partition(".")
        self._sender = self._sender or sender
        if sender != self._sender or number != str(self._told + 1):
            raise BrokenEventError(line)
        self._told += 1
        self._waits = True
        if "seconds" in found:
            found["seconds"] *= self._clock.share()
        if found["event"] == "snapshot":
            found["copies"] = f"{_MACHINE}, {self._way}"
        return found

    def _ended(self, status: int) -> EndedEarlyError | CopyEndedError:
        if self._is_in_copy:
            self._end_copy()
            return CopyEndedError(status)
        return EndedEarlyError(status)

    def _lost(self, problem: MachineError) -> EndedEarlyError | CopyEndedError:
        """Return what tells that the process has gone with its machine."""
        error = self._ended(signal.SIGKILL)
        error.args = (f"is lost, for {problem}",)
        return error

    def _ask_for_stacks(self, program: Program) -> None:
        """Let the process write the stacks of its threads, before it is ended."""
        self._writing.hear(b"Timeout (the limit is reached)!\n")
        program.machine.frames.send(b"K", str(int(signal.SIGRTMAX)).encode())
        deadline = time.monotonic() + _STACKS
        while time.monotonic() < deadline and not program.machine.has_ended():
            program.machine.pause(_STACKS)
            program.read()

    def start_copy(self, **order: Any) -> None:
        """Have a copy made, which lives as `order` says."""
        self.kill_copy()
        saved = cast("Saved", self._saved)  # A copy is wished for after the snapshot only.
        self._told = self._told_at_snapshot
        try:
            machine = continued(saved, is_kept=False)
            self._taken(machine)
            self._is_in_copy = True
            machine.begin(time.time() + self._call.machine.age)
        except MachineError as problem:
            raise self._lost(problem) from None
        self.reply(**order)
        self.allow(self._call.limit)
        self.event("copied")
        self.reply()

    def _save(self, machine: Machine) -> None:
        """Take the snapshot, at once: the function's threads go on."""
        self._told_at_snapshot = self._told
        try:
            self._saved = machine.save()
        except MachineError as problem:
            raise self._lost(problem) from None
        self._end_machine()
        if self._kept:
            self._saved.memory.keep(self._kept / f"memory-{self._number}")
            (self._kept / f"state-{self._number}").write_bytes(self._saved.state)

    def finish_copy(self) -> None:
        """See the copy end."""
        if self._is_in_copy and self._program:
            if self._waits:
                self.reply()  # There is nothing more to do, so it ends.
            self._hear_the_end(self._program)
            self._end_copy()

    def _hear_the_end(self, program: Program) -> None:
        """Hear what the process writes until it has ended."""
        self.allow(self._grace)
        while self._clock.seconds() < self._limit and not program.machine.has_ended():
            program.read()
            if program.status is not None:
                return
            program.machine.pause(self._grace)

    def _end_copy(self) -> None:
        self._is_in_copy = False
        self._end_machine()

    def _end_machine(self) -> None:
        if self._program:
            machine = self._program.machine
            machine.end()
            self._program.read()
            if self._kept:
                with (self._kept / f"console-{self._number}.log").open("a") as stream:
                    stream.write(machine.console)
            self._program = None

    def kill_copy(self) -> None:
        """End the copy now, with the processes that it started."""
        if self._is_in_copy:
            self._end_copy()

    def end(self) -> None:
        """End the process, and all that it started; not more than once."""
        if self._is_over:
            return
        self._is_over = True
        self._end_machine()
        if self._saved:
            self._saved.memory.close()
        self._writing.close()
