"""The services that the examples talk to, as small servers for tests."""

from __future__ import annotations

import json
import socketserver
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

_LIMIT = 60  # seconds; only guards against a test that hangs


class _Service:
    """A server on a free port of the loopback interface, while its `with` block runs."""

    _server: socketserver.BaseServer

    @property
    def address(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host}:{port}"

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class JsonService(_Service):
    """Answers HTTP requests with JSON, and counts the connections that are open.

    Args:
        answer: Called with a request's path; returns what to send.
    """

    def __init__(self, answer: Callable[[str], Any]) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Path and headers of each."""
        self.connections = Connections()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with service.connections:
                    super().handle()

            def do_GET(self) -> None:
                service.requests.append((self.path, dict(self.headers)))
                body = json.dumps(answer(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the tests' output free of the requests."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


class XmlRpcService(_Service):
    """Adds two numbers by XML-RPC, and counts the connections that are open."""

    def __init__(self) -> None:
        self.connections = Connections()
        service = self

        class Handler(SimpleXMLRPCRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with service.connections:
                    super().handle()

        class Server(socketserver.ThreadingMixIn, SimpleXMLRPCServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler, logRequests=False)
        self._server.register_function(lambda a, b: a + b, "add")


class Redis(_Service):
    """Answers the command GET of Redis, and counts the connections that are open."""

    def __init__(self, values: dict[str, str]) -> None:
        self.connections = Connections()
        service = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with service.connections:
                    for line in self.rfile:
                        value = values.get(line.decode().split()[1])
                        answer = "$-1\r\n" if value is None else f"${len(value)}\r\n{value}\r\n"
                        self.wfile.write(answer.encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)


class Connections:
    """Counts connections: each is a `with` block."""

    def __init__(self) -> None:
        self.made = 0
        self._open = 0
        self._changed = Condition()

    def __enter__(self) -> None:
        with self._changed:
            self.made += 1
            self._open += 1
            self._changed.notify_all()

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def assert_closed(self, made: int) -> None:
        """Check that the clients have made that many connections, and closed them all."""
        with self._changed:
            is_so = self._changed.wait_for(lambda: (self.made, self._open) == (made, 0), _LIMIT)
            assert is_so, f"{self.made} connections were made, {self._open} are open"
