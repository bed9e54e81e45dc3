"""The other end of the connections that functions open: over TCP, UDP and a Unix socket."""

from __future__ import annotations

import socket
import socketserver
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Reads(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while self.request.recv(1024):
            pass


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class Peer:
    """A server for each kind of connection."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()  # a short path, as Unix sockets need
        path = str(Path(self._folder.name, "peer"))
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        self._unix = _UnixServer(path, _Reads)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            for server in (self._http, self._unix)
        ]
        for thread in self._threads:
            thread.start()
        with socket.create_server(("127.0.0.1", 0)) as free:
            free_port = free.getsockname()[1]
        self.variables = {
            "FREE_PORT": str(free_port),
            "PEER_PORT": str(self._http.server_address[1]),
            "PEER_UDP_PORT": str(self._udp.getsockname()[1]),
            "PEER_PATH": path,
        }

    def close(self) -> None:
        for server in (self._http, self._unix):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._folder.cleanup()
