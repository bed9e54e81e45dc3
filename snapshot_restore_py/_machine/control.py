"""Talks to QEMU by its protocol QMP: https://www.qemu.org/docs/master/interop/qmp-spec.html."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_CHUNK = 65536  # bytes
_ANSWER = 30.0  # seconds that QEMU may take


class RefusedError(Exception):
    """QEMU refuses what it was asked for, or is gone. The message says what."""


class Control:
    """The connection to a QEMU's monitor.

    Args:
        connection: The connection.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._heard = b""
        self._events: set[str] = set()
        connection.settimeout(_ANSWER)

    def greet(self) -> None:
        """Hear the greeting, and answer it.

        Raises:
            RefusedError: None comes.
        """
        self._line()
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: Any) -> Any:
        """Let QEMU do something, and return its answer.

        Raises:
            RefusedError: It refuses that, or is gone.
        """
        self._send(command, arguments, [])
        return self._answer(command)

    def give(self, name: str, descriptor: int) -> None:
        """Give QEMU a file, by the name `name`.

        Raises:
            RefusedError: It refuses that, or is gone.
        """
        ancillary = struct.pack("i", descriptor)
        self._send("getfd", {"fdname": name}, [(socket.SOL_SOCKET, socket.SCM_RIGHTS, ancillary)])
        self._answer("getfd")

    def _send(self, command: str, arguments: dict[str, Any], ancillary: list[Any]) -> None:
        data = json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n"
        try:
            self._connection.sendmsg([data], ancillary)
        except OSError:
            raise RefusedError("is gone") from None

    def await_event(self, event: str) -> None:
        """Wait until QEMU has told an event since it was asked last.

        Raises:
            RefusedError: It does not in time, or is gone.
        """
        while event not in self._events:
            self._note(self._line())

    def _note(self, told: dict[str, Any]) -> None:
        if "event" in told:
            self._events.add(told["event"])

    def _answer(self, command: str) -> Any:
        self._events.clear()
        while True:
            answer = self._line()
            self._note(answer)
            if "error" in answer:
                raise RefusedError(f"refuses {command}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._heard:
            try:
                data = self._connection.recv(_CHUNK)
            except OSError:
                data = b""
            if not data:
                raise RefusedError("does not answer")
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found
