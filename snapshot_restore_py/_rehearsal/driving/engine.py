"""What an engine is: a way to run a function's process, and to make copies of it.

Each engine is a module of the folder `engines`. It has a class `Engine`, made with the call.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from snapshot_restore_py._rehearsal.evidence.records import Output

    from .call import Listener


_SHOWN = 200  # bytes of what is no event


class EngineError(Exception):
    """An engine cannot work here. The message is one line that says why, and what to do."""


class EndedEarlyError(Exception):
    """A process has ended before it was told to. `status` is as `os.waitpid` gives it."""

    def __init__(self, status: int) -> None:
        super().__init__(described(status))
        self.status = status


class CopyEndedError(Exception):
    """A copy has ended before it was told to. `status` as above."""

    def __init__(self, status: int) -> None:
        super().__init__(described(status))
        self.status = status


class TimeLimitError(Exception):
    """A phase took longer than it may."""

    def __init__(self) -> None:
        super().__init__("took too long")


class BrokenEventError(Exception):
    """What a process told is no event, or not one that it may tell now.

    Attributes:
        shown: The beginning of it.
    """

    def __init__(self, data: bytes) -> None:
        self.shown = data[:_SHOWN].decode("utf-8", "backslashreplace")
        super().__init__(f"told what is no event: {self.shown}")


def described(status: int) -> str:
    """Return how a process ended, in words, from its status as `os.waitpid` gives it."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return f"was killed by {signal.Signals(number).name}"
        except ValueError:
            return f"was killed by signal {number}"
    return f"ended with status {os.WEXITSTATUS(status)}"


class Process(Protocol):
    """A process of the function, with all that it started.

    It tells what it is about to do, and waits for a reply.
    """

    def name_output(self, origin: str) -> None:
        """Say where the output comes from that is written from now on."""

    def written(self) -> str:
        """Return what was written since the output was named."""
        ...

    def allow(self, seconds: float) -> None:
        """Set the time that may pass until the next event."""

    def event(self, *expected: str) -> dict[str, Any]:
        """Return the next event, which is one of those expected; any if none is named.

        Raises:
            EndedEarlyError: The process has ended.
            CopyEndedError: The copy that it had made has.
            TimeLimitError: None came in time.
            BrokenEventError: What came is no event, is not expected, or not of its form.
        """
        ...

    def reply(self, **facts: Any) -> None:
        """Let the process go on after the event that it told last."""

    def start_copy(self, **order: Any) -> None:
        """Have a copy made, which lives as `order` says, and whose events come next."""

    def finish_copy(self) -> None:
        """See the copy end."""

    def kill_copy(self) -> None:
        """End the copy now, with the processes that it started."""

    def end(self) -> None:
        """End the process, and all that it started."""


class Engine(Protocol):
    """A way to run processes of a function, and to make copies of them.

    Attributes:
        tells_speed: Whether it makes sense to compare how long calls of the handler take; known
            when a process has been started.
    """

    @property
    def tells_speed(self) -> bool: ...

    def session(self) -> AbstractContextManager[None]:
        """End, when it is left, all that was started within."""
        ...

    def start(self, listener: Listener, outputs: list[Output]) -> Process:
        """Start a process of the function.

        Args:
            listener: Hears its output.
            outputs: Where its output is kept, too.

        Raises:
            EngineError: The engine cannot work here.
        """
        ...
