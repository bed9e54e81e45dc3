"""Runs the function in processes of this machine, of which copies are made.

A process waits for a reply after each event. So what it has written until then is read
first and belongs to the phase before.
"""

from __future__ import annotations

import json
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.driving.engine import (
    BrokenEventError,
    CopyEndedError,
    EndedEarlyError,
    TimeLimitError,
)
from snapshot_restore_py._rehearsal.driving.forms import Senders, is_event
from snapshot_restore_py._rehearsal.driving.output import Writing
from snapshot_restore_py._rehearsal.driving.starting import SCRIPT, arguments, environment
from snapshot_restore_py._supervision import Started, is_below, kill, kill_group, no_process_left

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from snapshot_restore_py._rehearsal.driving.call import Call, Listener
    from snapshot_restore_py._rehearsal.evidence.records import Output

_START = 60  # seconds that an interpreter may take to start
_GRACE = 5  # seconds that a process may take for what is no phase, such as to end


class Engine:
    """Runs processes, which make copies of themselves.

    Args:
        call: What to rehearse.
    """

    tells_speed = True

    def __init__(self, call: Call) -> None:
        self._call = call

    def session(self) -> AbstractContextManager[None]:
        """End, when it is left, all that was started within."""
        return no_process_left()

    def start(self, listener: Listener, outputs: list[Output]) -> Process:
        """Start a process of the function."""
        return Process(self._call, listener, outputs)


class Process:
    """One process of the function, with all that it started.

    Args:
        call: What to rehearse.
        listener: Hears its output and steps.
        outputs: Where its output is kept, too.
    """

    def __init__(self, call: Call, listener: Listener, outputs: list[Output]) -> None:
        self._writing = Writing(listener, outputs)
        self._limit = call.limit
        self._grace = min(call.limit, _GRACE)
        self._copy: int | None = None
        self._cut_short = b""
        self._number = ""
        self._waits = False
        self._has_ended = False
        self._senders = Senders()
        given = arguments(call, is_copied_from_outside=False)
        self._process = Started(SCRIPT, given, self._writing.hear, environment(call))
        self.allow(_START)

    def name_output(self, origin: str) -> None:
        """Say where the output comes from that is written from now on."""
        self._writing.name(origin)

    def written(self) -> str:
        """Return what was written since the output was named."""
        return self._writing.text()

    def allow(self, seconds: float) -> None:
        """Set the time that may pass until the next event."""
        self._deadline = time.monotonic() + seconds

    def reply(self, **facts: Any) -> None:
        """Let the process go on after the event that it told last."""
        self._waits = False
        if self._has_ended:
            return
        data = json.dumps({"number": self._number, **facts}).encode() + b"\n"
        self._process.send(data, self._grace)

    def event(self, *expected: str) -> dict[str, Any]:
        """Return the next event, which is one of those expected.

        Raises:
            EndedEarlyError: The process has ended.
            CopyEndedError: The copy that it had made has.
            TimeLimitError: None came in time.
            BrokenEventError: What came is no event, is not expected, or not of its form.
        """
        while True:
            if self._has_ended:
                raise EndedEarlyError(signal.SIGKILL)
            found = self._next_event()
            if found is not None:
                self._process.read_output()
                self._check(found, expected)
                self._number = found["number"]
                self._waits = True
                if found["event"] == "restored":
                    self._copy_has_ended()
                    raise CopyEndedError(found["status"])
                return found
            status = self._process.status()
            if status is not None and not self._process.read():
                self._process.read_output()
                raise EndedEarlyError(status)
            remaining = self._deadline - time.monotonic()
            if remaining <= 0:
                if self._cut_short:
                    raise BrokenEventError(self._cut_short)
                raise TimeLimitError
            self._process.pause(remaining)

    def _next_event(self) -> dict[str, Any] | None:
        line = self._process.line()
        while line is not None:
            with suppress(ValueError, RecursionError):
                found = json.loads(line or b"null")
                if isinstance(found, dict):
                    return found
            self._cut_short = self._cut_short or line
            line = self._process.line()
        return None

    def _check(self, found: dict[str, Any], expected: tuple[str, ...]) -> None:
        """Raise BrokenEventError if an event is not what may come now."""
        is_end = found.get("event") == "restored"
        # What ends in the middle of a line is a copy that has died.
        if not is_end and self._cut_short:
            raise BrokenEventError(self._cut_short)
        self._cut_short = b""
        wanted = ("restored",) if is_end and self._senders.has_copy else expected
        if not is_event(found, wanted) or not self._senders.accept(found, self._process.pid):
            raise BrokenEventError(json.dumps(found).encode())

    def _copy_has_ended(self) -> None:
        if self._copy:
            kill_group(self._copy)  # What it has started may live on.
        self._copy = None
        self._senders.has_copy = False

    def start_copy(self, **order: Any) -> None:
        """Have a copy made, which lives as `order` says."""
        self.allow(self._limit)
        self.reply(**order)
        self._senders.has_copy = True
        pid = self.event("copied")["pid"]
        # It may be killed, so it has to be one of the function's.
        if not is_below(pid, self._process.pid):
            raise BrokenEventError(f"a copy with the process id {pid}".encode())
        self._copy = pid
        self.reply()

    def finish_copy(self) -> None:
        """See the copy end."""
        if self._waits and self._copy:
            self.reply()  # There is nothing more to do, so it ends.
        self.allow(self._grace)
        with suppress(CopyEndedError):
            try:
                while self._copy:
                    self.event()
            except (TimeLimitError, BrokenEventError):
                self.kill_copy()
                self.allow(self._grace)
                self._see_end()

    def _see_end(self) -> None:
        """Hear that the copy has ended; end all if that is not told either."""
        try:
            while True:
                with suppress(BrokenEventError):  # of the one that was killed
                    self.event()
        except TimeLimitError:
            self.end()
            raise EndedEarlyError(signal.SIGKILL) from None

    def kill_copy(self) -> None:
        """End the copy now, with the processes that it started."""
        if self._copy:
            kill(self._copy)

    def end(self) -> None:
        """End the process, and all that it started; not more than once."""
        if self._has_ended:
            return
        grace = 0.0
        if self._waits:
            self.reply()  # There is nothing more to do, so it ends.
            grace = self._grace
        self._has_ended = True
        self._process.end(grace)
        self.kill_copy()
        self._writing.close()
