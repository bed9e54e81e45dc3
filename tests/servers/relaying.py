"""Passes on what comes through connections, in both directions."""

from __future__ import annotations

import contextlib
import socket
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def shut_down(end: socket.socket) -> None:
    """End a connection, so that the other side is told."""
    end.shutdown(socket.SHUT_RDWR)


def relay(
    one: socket.socket,
    other: socket.socket,
    finish: Callable[[socket.socket], object] = shut_down,
) -> None:
    """Send to each what comes from the other, until both have ended.

    Args:
        one: A connection.
        other: Another one.
        finish: Ends a connection when the other has ended, and wakes up who waits for it.
    """
    back = Thread(target=_pump, args=(other, one, finish))
    back.start()
    _pump(one, other, finish)
    back.join()


def _pump(
    source: socket.socket, target: socket.socket, finish: Callable[[socket.socket], object]
) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            finish(end)
