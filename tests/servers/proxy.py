"""A proxy on loopback that connects clients to servers by the method CONNECT."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from tests.servers.relaying import relay

if TYPE_CHECKING:
    from typing_extensions import Self


class Proxy:
    """The proxy, as long as its context lasts; all its clients have to be gone by its end."""

    def __init__(self) -> None:
        self.accepted = 0
        """How many connections clients have made."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = False
        self._server.owner = self
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_CONNECT(self) -> None:
        self.server.owner.accepted += 1
        self.close_connection = True
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port))) as remote:
            self.send_response(200)
            self.end_headers()
            relay(self.connection, remote)

    def log_message(self, *_: object) -> None:
        pass
