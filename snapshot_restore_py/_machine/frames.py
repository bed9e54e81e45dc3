"""Frames on the serial line between this process and a machine, seen from here.

What is sent goes in parts, each of which the machine confirms: a serial line holds little.
"""

from __future__ import annotations

import select
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

_PART = 2048  # bytes that the machine confirms
_MOST = 1 << 20  # bytes that are read at once
_HEAD = 5  # bytes: a letter, and the length of what follows
_CONFIRMED = b"A"


class Frames:
    """This end of the line.

    Args:
        connection: The connection to QEMU that stands for the line.

    Attributes:
        came: The frames that have come, each with its letter and what it holds.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._heard = bytearray()
        self._waiting = bytearray()
        self._sent = 0
        self._confirmed = 0
        self.came: list[tuple[bytes, bytes]] = []

    def send(self, kind: bytes, data: bytes = b"") -> None:
        """Send a frame, as far as the machine takes it now; the rest goes while it is read."""
        self._waiting += kind + struct.pack("!I", len(data)) + data
        self._write()

    def _write(self) -> None:
        with suppress(OSError):
            while self._waiting:
                may = (self._confirmed + 1) * _PART - self._sent
                if not may:
                    return
                count = self._connection.send(self._waiting[:may])
                self._sent += count
                del self._waiting[:count]

    def wait_with(self, poll: Any) -> None:
        """Let `poll` wait for what comes."""
        poll.register(self._connection, select.POLLIN)

    def read(self) -> None:
        """Read what has come."""
        self._heard += received(self._connection)
        while len(self._heard) >= _HEAD:
            (length,) = struct.unpack("!I", self._heard[1:_HEAD])
            end = _HEAD + length
            if len(self._heard) < end:
                break
            kind, data = bytes(self._heard[:1]), bytes(self._heard[_HEAD:end])
            del self._heard[:end]
            if kind == _CONFIRMED:
                self._confirmed += 1
            else:
                self.came.append((kind, data))
        self._write()


def received(connection: socket.socket) -> bytes:
    """Return what can be read at once."""
    with suppress(OSError):
        return connection.recv(_MOST)
    return b""
