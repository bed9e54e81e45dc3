"""Listens in on the beginning of TLS connections: does a client resume an old session?"""

from __future__ import annotations

import contextlib
import socket
import threading

_HANDSHAKE, _SESSION_TICKET, _PRE_SHARED_KEY = 22, 35, 41  # RFC 8446, 5.1 and 4.2


class GreetingListener:
    """Passes connections on to a server, and keeps what the clients say first."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.resumed: list[bool] = []
        """For each connection, in order: whether its client asked to resume a session."""
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """Accept no more connections, and wait for the end of the others."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._server_port))
            for source, target in ((client, server), (server, client)):
                arguments = (source, target, source is client)
                self._threads.append(threading.Thread(target=self._pass_on, args=arguments))
                self._threads[-1].start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_client: bool) -> None:
        said, has_greeted = b"", not is_client
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not has_greeted:
                    said += data
                    greeting = _greeting(said)
                    if greeting:
                        has_greeted = True
                        self.resumed.append(asks_to_resume(greeting))
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        if is_client:
            return
        source.close()
        target.close()


def _greeting(said: bytes) -> bytes:
    # PostgreSQL's clients ask for TLS with 8 bytes of their own first.
    start = 8 if said[:4] == b"\x00\x00\x00\x08" else 0
    record = said[start:]
    if len(record) < 5 or len(record) < 5 + int.from_bytes(record[3:5], "big"):
        return b""
    assert record[0] == _HANDSHAKE, record[:20]
    return record[9 : 5 + int.from_bytes(record[3:5], "big")]


def asks_to_resume(hello: bytes) -> bool:
    """Tell whether the body of a ClientHello message (RFC 8446, 4.1.2) has a session to resume."""
    at = 2 + 32  # version, random
    at += 1 + hello[at]  # session id
    at += 2 + int.from_bytes(hello[at : at + 2], "big")  # cipher suites
    at += 1 + hello[at]  # compression methods
    at += 2  # length of the extensions
    while at < len(hello):
        kind = int.from_bytes(hello[at : at + 2], "big")
        length = int.from_bytes(hello[at + 2 : at + 4], "big")
        if kind == _PRE_SHARED_KEY or (kind == _SESSION_TICKET and length):
            return True
        at += 4 + length
    return False
