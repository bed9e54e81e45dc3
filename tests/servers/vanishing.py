"""A relay to a server whose connections vanish as they do at a restore.

The client is told nothing, and meets a reset when it next sends something.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

from tests.servers.relaying import relay, shut_down

_RESET = struct.pack("ii", 1, 0)
"""Lets the end of a connection be a reset (SO_LINGER of socket(7), with no time to linger)."""


class VanishingRelay:
    """Passes connections on to a server on loopback, until they vanish.

    Args:
        server_port: Where the server listens.
        distance: How many seconds away it is: it meets each connection that much later.
    """

    def __init__(self, server_port: int, distance: float = 0) -> None:
        self._distance = distance
        self._server_port = server_port
        self._open: dict[socket.socket, socket.socket] = {}
        self._vanished: dict[socket.socket, socket.socket] = {}
        self._condition = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        """How many connections clients have made."""
        self._start(self._accept)

    @property
    def open(self) -> int:
        """How many connections are open now."""
        with self._condition:
            return len(self._open)

    def wait_until_all_are_closed(self) -> None:
        """Return when the clients have closed all their connections."""
        deadline = time.monotonic() + 60
        with self._condition:
            while self._open:
                assert self._condition.wait(deadline - time.monotonic()), "still open"

    def vanish(self) -> None:
        """Let all connections of clients vanish; the server sees them end."""
        with self._condition:
            self._vanished.update(self._open)
            for server in self._open.values():
                with contextlib.suppress(OSError):  # It has just ended the connection.
                    shut_down(server)
            self._open.clear()

    def stop(self) -> None:
        """Accept no more connections, and end all."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        with self._condition:
            for pair in self._open.items():
                for one in pair:
                    with contextlib.suppress(OSError):
                        shut_down(one)
            for client in self._vanished:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RD)
        for thread in self._threads:
            thread.join()

    def _start(self, target: object, *arguments: object) -> None:
        self._threads.append(threading.Thread(target=target, args=arguments))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server_port))
            with self._condition:
                self.accepted += 1
                self._open[client] = server
            self._start(self._pass_on, client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        time.sleep(self._distance)
        relay(client, server, self._finish)
        with self._condition:
            self._open.pop(client, None)
            if self._vanished.pop(client, None):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            client.close()
            server.close()
            self._condition.notify_all()

    def _finish(self, end: socket.socket) -> None:
        if end not in self._vanished:
            shut_down(end)
