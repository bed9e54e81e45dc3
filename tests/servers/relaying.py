"""Passes on what comes through connections, in both directions."""

from __future__ import annotations

import contextlib
import socket
from threading import Thread


def relay(one: socket.socket, other: socket.socket) -> None:
    """Send to each what comes from the other, until both have ended."""
    back = Thread(target=_pump, args=(other, one))
    back.start()
    _pump(one, other)
    back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
