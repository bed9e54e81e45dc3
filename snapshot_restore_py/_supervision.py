"""Starts, watches and ends processes: those of all commands, and those of the fixtures.

What the commands do runs in a process below the command's own, the guard. Whatever ends one
of the two, the other one ends all that was started. On Linux that includes what has left its
session, and what a command leaves that was killed itself; elsewhere that can stay.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import FrameType
    from typing import Callable

_CHUNK = 65536  # bytes
_TICK = 0.02  # seconds between looks at whether a process still lives
_END = 5.0  # seconds that the system may take to end a process that was killed
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # of prctl(2)
_STOPPING = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
]
_SHOW_CURSOR = b"\x1b[?25h"


def guarded(work: Callable[[], int]) -> int:
    """Do `work` in a process below this one, and end all that it leaves.

    A signal that asks this process to end is passed on, and the first one stops `work`; no
    further one can cut short what it cleans up. Where there is no fork, `work` is done here.

    Args:
        work: Returns an exit status.

    Returns:
        The exit status; 128 and the number of the signal that has ended `work`.

    Raises:
        OSError: The system has no process left.
    """
    if not hasattr(os, "fork"):
        return work()
    _set(_PR_SET_CHILD_SUBREAPER, 1)
    known, guard = children(), os.getpid()
    heard = [one for one in _STOPPING if signal.getsignal(one) is not signal.SIG_IGN]
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    pid = os.fork()
    if not pid:
        _work(work, guard, heard, blocked)
    for one in heard:
        signal.signal(one, lambda number, _: _kill(pid, number))
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    status = os.waitpid(pid, 0)[1]
    for one in heard:
        signal.signal(one, signal.SIG_IGN)
    end_all(lambda: children() - known)
    if os.WIFSIGNALED(status):
        _show_cursor()
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


def _work(work: Callable[[], int], guard: int, heard: list[int], blocked: Iterable[int]) -> None:
    """Do `work` and end this process with its status."""

    def stop(number: int, _: FrameType | None) -> None:
        _asked.append(number)  # First: to ignore the others calls this for one that has come.
        for one in heard:
            signal.signal(one, signal.SIG_IGN)
        _stop()

    status = 1
    try:
        _set(_PR_SET_PDEATHSIG, signal.SIGTERM)
        for one in heard:
            signal.signal(one, stop)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        if os.getppid() == guard:
            status = work()
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        os._exit(status)


_asked: list[int] = []
"""The signal that has asked this process to end."""


def _stop() -> None:
    raise KeyboardInterrupt if _asked[0] == signal.SIGINT else SystemExit(128 + _asked[0])


def _set(option: int, value: int) -> None:
    """Set what prctl(2) sets, where the system has that."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def _show_cursor() -> None:
    # Who hid it has been killed.
    if os.isatty(2):
        os.write(2, _SHOW_CURSOR)


def become_subreaper() -> None:
    """Let processes whose parents end become children of this one, where the system can."""
    _set(_PR_SET_CHILD_SUBREAPER, 1)


@contextmanager
def no_process_left() -> Iterator[None]:
    """End all processes that were started within, when it is left.

    Processes that have left their session are found on Linux only.
    """
    known = children()
    become_subreaper()
    try:
        yield
    finally:
        end_all(lambda: children() - known)


def end_all(left: Callable[[], set[int]]) -> None:
    """Kill the children that `left` returns until it returns none, for some seconds at most."""
    deadline = _seconds() + _END
    while _seconds() < deadline:
        pids = left()
        if not pids:
            return
        for pid in pids:
            _kill(pid, signal.SIGKILL)
        for pid in pids:
            await_end(pid)


def await_end(pid: int) -> bool:
    """Wait for a child's end, some seconds at most, and tell whether it has come."""
    deadline = _seconds() + _END
    try:
        while not os.waitpid(pid, os.WNOHANG)[0]:
            if _seconds() >= deadline:
                return False
            _wait_for([], 0, _TICK)
    except ChildProcessError:
        pass  # Somebody else has waited for it.
    return True


def _seconds() -> float:
    # Not time.monotonic(): tests that stop the clock stop that one too.
    return os.times().elapsed


def _kill(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def kill(pid: int) -> None:
    """Kill a process that nobody has waited for, and those of its group; it may have left that."""
    kill_group(pid)
    _kill(pid, signal.SIGKILL)


def kill_group(pid: int) -> None:
    """Kill those of a process's group."""
    # macOS refuses it where all that is left of a group are processes that have ended.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def children() -> set[int]:
    """Return the ids of this process's children; empty where the system has no /proc."""
    me = os.getpid()
    pids = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return {pid for pid in pids if _parent(pid) == me}


def is_below(pid: int, ancestor: int) -> bool:
    """Tell whether a process descends from another one; True where the system does not tell."""
    if not os.path.exists("/proc/self/stat"):
        return pid > 1
    while pid > 1 and pid != ancestor:
        pid = _parent(pid)
    return pid == ancestor


def _parent(pid: int) -> int:
    """Return the id of a process's parent; 0 if it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return 0
    # After the name, which may hold anything in brackets: the state, the parent.
    return int(text.rpartition(")")[2].split()[1])


class Started:
    """A Python script in a session of its own, which tells lines and may get replies.

    Its arguments end with two descriptors: one to tell by, one to hear replies.

    Args:
        script: The script.
        arguments: Those before the descriptors, and those after them.
        hear: Called with what the process writes to its standard output and error.
        env: Its variables; None for those of this process.
    """

    def __init__(
        self,
        script: Path,
        arguments: tuple[Sequence[str], Sequence[str]],
        hear: Callable[[bytes], object],
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._hear = hear
        self._told = b""
        pipes = [os.pipe() for _ in range(3)]
        (self._events, tell), (listen, self._replies), (self._output, write) = pipes
        try:
            # Unbuffered, so that nothing is lost where a process ends hard; and the folders
            # of the function stay as they are.
            before, after = arguments
            self._process = subprocess.Popen(
                [sys.executable, "-uB", str(script), *before, str(tell), str(listen), *after],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=write,
                stderr=write,
                pass_fds=(tell, listen),
                start_new_session=True,
            )
        except OSError:
            self._close()
            raise
        finally:
            for descriptor in (tell, listen, write):
                os.close(descriptor)
        self.pid = self._process.pid
        for descriptor in (self._events, self._replies, self._output):
            os.set_blocking(descriptor, False)

    def line(self) -> bytes | None:
        """Return the next line that was told and read; None if there is none."""
        line, end, rest = self._told.partition(b"\n")
        if not end:
            return None
        self._told = rest
        return line

    def read(self) -> bool:
        """Read what was told, and tell whether there was something."""
        data = _read_all(self._events)
        self._told += data
        return bool(data)

    def read_output(self) -> None:
        """Hear what was written."""
        data = _read_all(self._output)
        if data:
            self._hear(data)

    def pause(self, seconds: float) -> None:
        """Wait until there is something to read, or for some moments.

        Raises KeyboardInterrupt or SystemExit if the process has been asked to end.
        """
        if _asked:
            _stop()  # It was raised where exceptions get lost, as while an object is finalised.
        _wait_for([self._events, self._output], select.POLLIN, min(_TICK, seconds))
        self.read_output()
        self.read()

    def send(self, data: bytes, seconds: float) -> None:
        """Send a reply; give up where the process does not take it in time, or has ended."""
        deadline = time.monotonic() + seconds
        with suppress(BrokenPipeError):
            while data and time.monotonic() < deadline:
                with suppress(BlockingIOError):
                    data = data[os.write(self._replies, data) :]
                    continue
                _wait_for([self._replies], select.POLLOUT, _TICK)

    def status(self) -> int | None:
        """Return how the process has ended, as `os.waitpid` does; None if it lives."""
        code = self._process.poll()
        if code is None:
            return None
        return -code if code < 0 else code << 8

    def end(self, grace: float = 0) -> None:
        """End it, and those of its session: at once, or if it has not ended by itself."""
        with suppress(subprocess.TimeoutExpired):
            if grace:
                self._process.wait(grace)
        if self._process.poll() is None:
            kill(self.pid)
        kill_group(self.pid)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END)
        self.read_output()
        self._close()

    def _close(self) -> None:
        for descriptor in (self._events, self._replies, self._output):
            os.close(descriptor)


def _wait_for(descriptors: list[int], what: int, seconds: float) -> None:
    poll: Any = select.poll()  # select() refuses descriptors over 1023.
    for descriptor in descriptors:
        poll.register(descriptor, what)
    found = poll.poll(seconds * 1000)
    if descriptors and all(not events & what for _, events in found) and found:
        _wait_for([], 0, seconds)  # Nobody is at the other end any more, which ends no wait.


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
