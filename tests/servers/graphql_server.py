"""A server of GraphQL over HTTPS with keep-alive, whose only field gives back what it is given."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler

from graphql import build_schema, graphql_sync

from tests.servers.https import HttpsServer, RecordedConnection, Server

_SCHEMA = build_schema("type Query { echo(text: String): String }")


class GraphqlServer(HttpsServer):
    """The server; the path of a request is the field's argument."""

    def listen(self) -> Server:
        return Server(("127.0.0.1", self.port), _Handler)


class _Handler(RecordedConnection, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["query"]
        result = graphql_sync(_SCHEMA, query, {"echo": self._echo})
        body = json.dumps(result.formatted).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _echo(self, _: object, text: str) -> str:
        self.note(text)
        return text
