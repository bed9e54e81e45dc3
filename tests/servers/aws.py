"""moto's server: AWS's DynamoDB, as far as tests need it, over HTTPS with keep-alive."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import Client

from tests.servers.https import HttpsServer, RecordedConnection, Server

if TYPE_CHECKING:
    from pathlib import Path


class AwsServer(HttpsServer):
    """The server; the path of a request is its operation and its body."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        _Handler.moto.post("/moto-api/reset")  # It lives as long as the process.

    def listen(self) -> Server:
        return Server(("127.0.0.1", self.port), _Handler)


class _Handler(RecordedConnection, BaseHTTPRequestHandler):
    # Moto's own server closes each connection after one response.
    protocol_version = "HTTP/1.1"
    moto: Any = Client(DomainDispatcherApplication(create_backend_app))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.note(f"{self.headers['X-Amz-Target']} {body.decode()}")
        response = self.moto.post(self.path, headers=list(self.headers.items()), data=body)
        self.send_response(response.status_code)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.data)))
        self.end_headers()
        self.wfile.write(response.data)
