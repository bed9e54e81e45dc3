"""A program that runs in a machine: what it tells and writes, and how it ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .machine import Machine


class Program:
    """A program in a machine, which tells lines and may get replies.

    Args:
        machine: The machine.
        hear: Called with what the program writes to its standard output and error.
        leave_out: Called with how many bytes it wrote that did not come.

    Attributes:
        machine: The machine.
        status: How it ended, as `os.waitpid` tells it; None if it has not.
    """

    def __init__(
        self,
        machine: Machine,
        hear: Callable[[bytes], object],
        leave_out: Callable[[int], object],
    ) -> None:
        self.machine = machine
        self.status: int | None = None
        self._hear = hear
        self._leave_out = leave_out
        self._lines = b""

    def start(
        self,
        arguments: tuple[list[str], list[str]],
        variables: Mapping[str, str],
        user: tuple[int, int],
    ) -> None:
        """Start it.

        Args:
            arguments: Those before its two descriptors, to tell by and to hear replies, and those
                after them; the first one is the program.
            variables: Its environment.
            user: The ids of the user and the group as whom it runs.

        Raises:
            MachineError: The machine does not start it.
        """
        order = {
            "user": user[0],
            "group": user[1],
            "arguments": arguments,
            "environment": dict(variables),
        }
        self.machine.order(b"S", json.dumps(order).encode())

    def reply(self, data: bytes) -> None:
        """Send it a reply."""
        self.machine.frames.send(b"R", data)

    def read(self) -> None:
        """Take what has come from it."""
        frames, self.machine.frames.came = self.machine.frames.came, []
        for kind, data in frames:
            if kind == b"O":
                self._hear(data)
            elif kind == b"C":
                self._leave_out(int(data))
            elif kind == b"E":
                self._lines += data
            elif kind == b"X":
                self.status = int(data)

    def line(self) -> bytes | None:
        """Return the next line that was told and read, without empty ones; None if none is."""
        while b"\n" in self._lines:
            line, _, self._lines = self._lines.partition(b"\n")
            if line:
                return line
        return None
