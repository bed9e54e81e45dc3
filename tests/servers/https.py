"""An HTTPS server that keeps connections alive, speaks HTTP/1.1 and HTTP/2, and can be killed."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import trustme

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

HALF = "/half"
"""The path whose response never comes to its end: only one half of its body is sent."""

_HALF = b"half" * 25
_LIMIT = 60  # seconds; only guards against a test that hangs


@dataclass(frozen=True)
class Request:
    """A request as the server saw it.

    Attributes:
        connection: The number of the accepted socket, from 1; a restart does not reset it.
        path: What was asked for. It is the body of the response as well.
        is_resumed: Whether the TLS session was resumed from an earlier connection's.
    """

    connection: int
    path: str
    is_resumed: bool


class HttpsServer:
    """The server, listening at one port of loopback as long as its context lasts.

    Args:
        folder: Where to write the certificate of the authority that clients have to trust.
    """

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.authority)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(self.context)
        self.context.set_alpn_protocols(["h2", "http/1.1"])
        self.port = 0
        self.requests: list[Request] = []
        self.garbled: set[int] = set()
        """The connections on which something came that is no whole and valid TLS record."""
        self._accepted = 0
        self._open: dict[int, ssl.SSLSocket] = {}
        self._changed = Condition()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def used(self) -> set[int]:
        """The connections that requests came in on."""
        return {request.connection for request in self.requests}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Listen, at the same port as before if this is not the first time."""
        self._server = self.listen()
        self._server.owner = self
        self.port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def kill(self) -> None:
        """Stop listening and drop all connections, as the end of a process does."""
        self._server.shutdown()
        self._thread.join()
        with self._changed:
            for connection in self._open.values():
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()  # Waits for the threads of all connections.

    def listen(self) -> Server:
        """Return a new server that is bound to the port."""
        return Server(("127.0.0.1", self.port), _Handler)

    def wait_until_open(self, *numbers: int) -> None:
        """Return as soon as exactly these connections are open; fail if that never happens."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._open.keys() == set(numbers), _LIMIT), (
                f"open are {sorted(self._open)}"
            )

    def accept(self, connection: ssl.SSLSocket) -> int:
        with self._changed:
            self._accepted += 1
            self._open[self._accepted] = connection
            return self._accepted

    def forget(self, number: int) -> None:
        with self._changed:
            del self._open[number]
            self._changed.notify_all()


class RecordedConnection:
    """Of a request handler: tells the server about its connection and its requests."""

    def setup(self) -> None:
        self.number = self.server.owner.accept(self.request)
        super().setup()

    def finish(self) -> None:
        try:
            with contextlib.suppress(OSError):
                super().finish()
        finally:
            self.request.close()
            self.server.owner.forget(self.number)

    def handle(self) -> None:
        try:
            self.serve()
        except ssl.SSLError:
            self.server.owner.garbled.add(self.number)
        except OSError:
            pass  # The client, or kill(), has ended the connection.

    def serve(self) -> None:
        super().handle()

    def note(self, path: str) -> None:
        is_resumed = bool(self.request.session_reused)
        self.server.owner.requests.append(Request(self.number, path, is_resumed))

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Accepts connections for an `HttpsServer`, each in a thread of its own."""

    daemon_threads = False  # So that closing waits for them.
    owner: HttpsServer

    def finish_request(self, request, address) -> None:
        # In the connection's own thread: a client that says nothing keeps no other waiting.
        super().finish_request(self.owner.context.wrap_socket(request, server_side=True), address)

    def handle_error(self, *_: object) -> None:
        """Print nothing: that connections break is what the tests are about."""


class _Handler(RecordedConnection, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        if self.request.selected_alpn_protocol() == "h2":
            self._serve_http2()
        else:
            super().serve()

    def do_GET(self) -> None:
        self.note(self.path)
        body = _HALF if self.path == HALF else self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) * (2 if self.path == HALF else 1)))
        self.end_headers()
        self.wfile.write(body)

    def _serve_http2(self) -> None:
        configuration = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        connection = h2.connection.H2Connection(configuration)
        connection.initiate_connection()
        self.request.sendall(connection.data_to_send())
        while data := self.request.recv(65536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    path = dict(event.headers)[":path"]
                    self.note(path)
                    connection.send_headers(event.stream_id, [(":status", "200")])
                    body = _HALF if path == HALF else path.encode()
                    connection.send_data(event.stream_id, body, end_stream=path != HALF)
            self.request.sendall(connection.data_to_send())
