"""A collector of telemetry, which takes OTLP over HTTP."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self


class Collector:
    """The collector, as long as its context lasts."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes]] = []
        """Path and body of each request."""
        self.connections = 0
        """How many connections exporters have made."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def spans(self) -> list[tuple[str, str | None]]:
        """Return the name of each span that has come, with its service's instance id."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        found = []
        for body in (body for path, body in self.requests if path == "/v1/traces"):
            message: Any = ExportTraceServiceRequest.FromString(body)
            for group in message.resource_spans:
                told = {one.key: one.value.string_value for one in group.resource.attributes}
                found += [
                    (span.name, told.get("service.instance.id"))
                    for scope in group.scope_spans
                    for span in scope.spans
                ]
        return found

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.owner.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.owner.requests.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
