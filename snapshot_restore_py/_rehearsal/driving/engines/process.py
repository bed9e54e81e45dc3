"""Runs the function in processes of this machine, of which copies are made.

A process waits for a reply after each event. So what it has written until then is read
first and belongs to the phase before.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.driving.engine import (
    CopyEndedError,
    EndedEarlyError,
    TimeLimitError,
)
from snapshot_restore_py._rehearsal.evidence.records import Output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from snapshot_restore_py._rehearsal.driving.call import Call, Listener

_REHEARSAL = Path(__file__).parents[2]
_SCRIPT = _REHEARSAL / "inside" / "function.py"
_HOME = str(_REHEARSAL.parents[1])
_CHUNK = 65536  # bytes
_KEPT = 100_000  # bytes of output of a phase that are kept
_TICK = 0.02  # seconds between looks at whether a process still lives
_GRACE = 5  # seconds that a process may take for what is no phase, such as to end
_PR_SET_CHILD_SUBREAPER = 36  # of prctl(2)


class Engine:
    """Runs processes, which make copies of themselves."""

    def session(self) -> AbstractContextManager[None]:
        """End, when it is left, all that was started within."""
        return _no_process_left()

    def start(self, call: Call, listener: Listener, outputs: list[Output]) -> Process:
        """Start a process of the function."""
        return Process(call, listener, outputs)


class Process:
    """One process of the function, with all that it started.

    Args:
        call: What to rehearse.
        listener: Hears its output and steps.
        outputs: Where its output is kept, too.
    """

    def __init__(self, call: Call, listener: Listener, outputs: list[Output]) -> None:
        self._listener = listener
        self._outputs = outputs
        self._origin = ""
        self._text = bytearray()
        self._cut = 0
        self._shown = b""
        self._heard = b""
        self._limit = call.limit
        self._grace = min(call.limit, _GRACE)
        self._copy: int | None = None
        events, their_events = os.pipe()
        their_replies, replies = os.pipe()
        output, their_output = os.pipe()
        self._events, self._replies, self._output = events, replies, output
        for descriptor in (events, output):
            os.set_blocking(descriptor, False)
        theirs = (their_events, their_replies)
        arguments = [call.path, _HOME, call.handler, str(call.limit), *map(str, theirs), *call.own]
        # Unbuffered, so that nothing is lost where a process ends hard; and the function's
        # folder stays as it is.
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-B", str(_SCRIPT), *arguments],
            env=_environment(call.env),
            stdin=subprocess.DEVNULL,
            stdout=their_output,
            stderr=their_output,
            pass_fds=theirs,
            start_new_session=True,
        )
        for descriptor in (*theirs, their_output):
            os.close(descriptor)
        self._number = ""
        self._waits = False
        self._has_ended = False
        self.allow(_GRACE)

    def name_output(self, origin: str) -> None:
        """Say where the output comes from that is written from now on."""
        self._close_output()
        self._origin = origin

    def written(self) -> str:
        """Return what was written since the output was named."""
        return self._text.decode("utf-8", "replace")

    def allow(self, seconds: float) -> None:
        """Set the time that may pass until the next event."""
        self._deadline = time.monotonic() + seconds

    def reply(self, **facts: Any) -> None:
        """Let the process go on after the event that it told last."""
        self._waits = False
        data = json.dumps({"number": self._number, **facts}).encode() + b"\n"
        with suppress(BrokenPipeError):  # It has ended, which the next event tells.
            while data:
                data = data[os.write(self._replies, data) :]

    def event(self) -> dict[str, Any]:
        """Return the next event.

        Raises:
            EndedEarlyError: The process has ended.
            CopyEndedError: The copy that it had made has.
            TimeLimitError: None came in time.
        """
        while True:
            found = self._next_line()
            if found is not None:
                self._read_output()
                self._number = found["number"]
                self._waits = True
                if found["event"] == "restored":
                    self._copy_has_ended()
                    raise CopyEndedError(found["status"])
                return found
            if self._process.poll() is not None and not self._read_events():
                self._read_output()
                raise EndedEarlyError(_status(self._process.returncode))
            remaining = self._deadline - time.monotonic()
            if remaining <= 0:
                raise TimeLimitError
            select.select([self._events, self._output], [], [], min(_TICK, remaining))
            self._read_output()
            self._read_events()

    def _copy_has_ended(self) -> None:
        self.kill_copy()  # What it has started may live on.
        self._copy = None

    def _next_line(self) -> dict[str, Any] | None:
        while b"\n" in self._heard:
            line, _, self._heard = self._heard.partition(b"\n")
            with suppress(ValueError):  # Half a line of a copy that was killed.
                found: dict[str, Any] = json.loads(line)
                return found
        return None

    def _read_events(self) -> bool:
        data = _read_all(self._events)
        self._heard += data
        return bool(data)

    def _read_output(self) -> None:
        data = _read_all(self._output)
        kept = data[: max(_KEPT - len(self._text), 0)]
        self._text += kept
        self._cut += len(data) - len(kept)
        *lines, rest = (self._shown + kept).split(b"\n")
        self._shown = rest
        if lines:
            self._listener.output(self._origin, b"\n".join(lines).decode("utf-8", "replace"))

    def _close_output(self) -> None:
        if self._shown:
            self._listener.output(self._origin, self._shown.decode("utf-8", "replace"))
        if self._cut:
            self._listener.output(self._origin, f"... and {self._cut} bytes more")
        if self._text:
            text = self._text.decode("utf-8", "replace")
            self._outputs.append(Output(self._origin, text, self._cut))
        self._text, self._cut, self._shown = bytearray(), 0, b""

    def start_copy(self, **order: Any) -> None:
        """Have a copy made, which lives as `order` says."""
        self.allow(self._limit)
        self.reply(**order)
        self._copy = self.event()["pid"]
        self.reply()

    def finish_copy(self) -> None:
        """See the copy end."""
        if self._waits and self._copy:
            self.reply()  # There is nothing more to do, so it ends.
        self.allow(self._grace)
        with suppress(CopyEndedError):
            while self._copy:
                try:
                    self.event()
                except TimeLimitError:
                    self.kill_copy()
                    self.allow(self._grace)

    def kill_copy(self) -> None:
        """End the copy now, with the processes that it started."""
        if self._copy:
            _kill_group(self._copy)

    def end(self) -> None:
        """End the process, and all that it started; not more than once."""
        if self._has_ended:
            return
        self._has_ended = True
        if self._waits:
            self.reply()  # There is nothing more to do, so it ends.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self._grace)
        self.kill_copy()
        _kill_group(self._process.pid)
        self._process.wait()
        self._read_output()
        self._close_output()
        for descriptor in (self._events, self._replies, self._output):
            os.close(descriptor)


def _read_all(descriptor: int) -> bytes:
    data = bytearray()
    with suppress(BlockingIOError):
        while True:
            chunk = os.read(descriptor, _CHUNK)
            data += chunk
            # A process that writes without an end must not hold us here.
            if not chunk or len(data) > 16 * _CHUNK:
                break
    return bytes(data)


def _status(returncode: int) -> int:
    return -returncode if returncode < 0 else returncode << 8


def _kill_group(pid: int) -> None:
    # macOS refuses it where all that is left of a group are processes that have ended.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _environment(added: dict[str, str]) -> dict[str, str]:
    environment = {**os.environ, **added}
    # Values are compared between processes by their hashes, and sets by their order.
    if not environment.get("PYTHONHASHSEED", "random").isdecimal():
        environment["PYTHONHASHSEED"] = "1"
    return environment


@contextmanager
def _no_process_left() -> Iterator[None]:
    """End all processes that were started within, when it is left.

    Processes that the function detached from its own are found on Linux only.
    """
    before = _children()
    become_subreaper: Any = getattr(ctypes.CDLL(None), "prctl", lambda *_: 0)
    become_subreaper(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        while True:
            left = _children() - before
            if not left:
                break
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _children() -> set[int]:
    found = set()
    me = str(os.getpid())
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the name, which may hold anything in brackets: the state, the parent.
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == me:
            found.add(int(folder.name))
    return found
