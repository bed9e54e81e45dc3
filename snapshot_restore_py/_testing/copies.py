"""Takes the snapshot of a test process, and brings home what copies of it send."""

from __future__ import annotations

import contextlib
import os
import select
import struct
import sys
from dataclasses import dataclass
from io import FileIO
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._supervision import await_end, kill, kill_group, no_process_left

from .copier import copier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .copier import Forks

_HEADER = struct.Struct("!iQ")  # the exit status, and how many bytes follow
_CHUNK = 1 << 20  # bytes
_LONG = 3600.0  # seconds; poll() takes no longer time than some weeks
_POLL = 0.05  # seconds


@dataclass(frozen=True)
class Ended:
    """A copy that ended.

    Attributes:
        status: How, as `os.waitpid` tells it.
        data: What it sent, maybe in part if the status is not 0.
    """

    status: int
    data: bytes


class SnapshotProcess:
    """The process that holds the snapshot, as its parent sees it."""

    def __init__(self, commands: FileIO, results: FileIO) -> None:
        self._commands = commands
        self._results = results

    def restore(self, timeout: float) -> Ended:
        """Let a copy live, and return how it ended.

        Raises TimeoutError if that takes longer than `timeout` seconds, and EOFError if the
        process that holds the snapshot is gone.
        """
        deadline = _seconds() + timeout
        with contextlib.suppress(BrokenPipeError):  # The end of the results tells it.
            self._commands.write(b"\n")
        status, size = _HEADER.unpack(self._receive(_HEADER.size, deadline))
        return Ended(status, self._receive(size, deadline))

    def _receive(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            remaining = deadline - _seconds()
            if remaining <= 0:
                raise TimeoutError
            if _readable([self._results], min(remaining, _LONG)):
                chunk = self._results.read(min(size - len(data), _CHUNK))
                if not chunk:
                    raise EOFError
                data += chunk
        return bytes(data)


@contextlib.contextmanager
def held_snapshot(live: Callable[[], bytes]) -> Iterator[SnapshotProcess]:
    """Take a snapshot of this process. None of its processes is left afterwards.

    Args:
        live: What each copy does. What it returns is sent here.
    """
    flush_streams()  # What is buffered now would be written by each copy.
    making = copier()
    with _pipe() as (commands, command), _pipe() as (results, result):

        def hold() -> None:
            command.close()
            results.close()
            _hold(live, making, commands, result)

        pid = making.hold(hold)
        commands.close()
        result.close()
        _make_group(pid)
        try:
            yield SnapshotProcess(command, results)
        finally:
            # Either tells it to end the copy that lives, and then itself.
            command.close()
            results.close()
            if not await_end(pid):
                kill(pid)
                await_end(pid)
            kill_group(pid)  # What copies have left where orphans do not come to the holder.


def flush_streams() -> None:
    """Write out what the standard streams have buffered."""
    streams: list[Any] = [sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__]
    for stream in streams:
        with contextlib.suppress(AttributeError, OSError, ValueError):  # None, or closed
            stream.flush()


def _hold(live: Callable[[], bytes], making: Forks, commands: FileIO, result: FileIO) -> None:
    """Hold the snapshot: make a copy for each byte that comes, until none can come.

    What copies leave behind in sessions of their own comes here, and is ended with the holder.
    """
    _make_group(os.getpid())
    with no_process_left():
        _serve(live, making, commands, result)


def _serve(live: Callable[[], bytes], making: Forks, commands: FileIO, result: FileIO) -> None:
    while commands.read(1):
        with _pipe() as (source, sink):

            def live_on() -> None:
                for file in (commands, result, source):
                    file.close()
                _live(live, sink)

            pid = making.copy(live_on)
            sink.close()
            ended = _wait(making, pid, source, commands)
        _send(result, _HEADER.pack(ended.status, len(ended.data)) + ended.data)


def _live(live: Callable[[], bytes], sink: FileIO) -> None:
    copy = os.getpid()
    data = live()
    if os.getpid() == copy:  # A process that `live` forked may come back here.
        _send(sink, data)


def _wait(making: Forks, pid: int, source: FileIO, commands: FileIO) -> Ended:
    """Wait for a copy's end, and return what it sent; kill it if the test does not wait."""
    data = bytearray()
    while True:
        ready = _readable([source, commands], _POLL)
        if commands in ready:
            kill(pid)
            making.wait(pid)
            raise EOFError
        if ready:
            chunk = source.read(_CHUNK)
            data += chunk
            if not chunk:
                return Ended(making.wait(pid)[1], bytes(data))
        else:
            # The pipe has no end while a process that the copy has forked lives on.
            ended, status = making.wait(pid, os.WNOHANG)
            if ended:
                os.set_blocking(source.fileno(), False)
                return Ended(status, bytes(data) + (source.readall() or b""))


def _make_group(pid: int) -> None:
    # Done by both parent and child, whichever is first; then it need not work any more.
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[FileIO, FileIO]]:
    reading, writing = os.pipe()
    with FileIO(reading, "rb") as source, FileIO(writing, "wb") as sink:
        yield source, sink


def _send(sink: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[sink.write(rest) :]


def _readable(files: list[FileIO], seconds: float) -> list[FileIO]:
    """Return those of `files` that can be read or have ended; wait for one if there is none."""
    poll = select.poll()  # select() refuses descriptors over 1023.
    for file in files:
        poll.register(file, select.POLLIN)
    ready = {descriptor for descriptor, _ in poll.poll(seconds * 1000)}
    return [file for file in files if file.fileno() in ready]


def _seconds() -> float:
    # Not time.monotonic(): tests that stop the clock stop that one too.
    return os.times().elapsed
