"""The Runtime API that Lambda offers to a runtime client, as a small server for tests."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from typing_extensions import Self

_ROOT = "/2018-06-01/runtime/"
_FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:tested:1"
_TIME_LEFT = 60_000  # milliseconds until an invocation's deadline


@dataclass(frozen=True)
class Request:
    """A request of the runtime client; its path starts after `/2018-06-01/runtime/`."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def error_type(self) -> str | None:
        """What the client says went wrong, if it reports an error."""
        return self.headers.get("Lambda-Runtime-Function-Error-Type")

    def json(self) -> Any:
        return json.loads(self.body)


class RuntimeApi:
    """Answers a runtime client as Lambda does, and keeps its requests in order.

    Each request is written to `transcript` as well, before it is answered. The client asks
    for the next invocation also when all events are handled: that request stays open,
    and `over` is set.

    Args:
        events: The events of the invocations to answer with.
        transcript: The file to append a line to for each request.
        at_snapshot: Called between the snapshot and the restore. What it raises is kept
            as `failure`.
    """

    def __init__(
        self, events: Iterable[object], transcript: Path, at_snapshot: Callable[[], object]
    ) -> None:
        self.requests: list[Request] = []
        self.over = Event()
        self.failure: BaseException | None = None
        self._events = [json.dumps(event).encode() for event in events]
        self._invocations = 0
        self._transcript = transcript
        self._at_snapshot = at_snapshot
        self._closing = Event()
        self._lock = Lock()
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def address(self) -> str:
        """The value for `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: Request) -> Answer | None:
        """Return the answer to a request; None to close the connection without one."""
        with self._lock:
            self.requests.append(request)
            with self._transcript.open("a", encoding="utf-8") as transcript:
                print(request, file=transcript)
        if str(request) == "GET restore/next":
            return self._restore()
        if str(request) == "GET invocation/next":
            return self._next_invocation()
        kind, _, outcome = request.path.rpartition("/")
        if request.method == "POST" and outcome in ("response", "error"):
            is_known = kind in ("init", "restore") or kind.startswith("invocation/")
            return Answer(HTTPStatus.ACCEPTED if is_known else HTTPStatus.NOT_FOUND)
        return Answer(HTTPStatus.NOT_FOUND)

    def _restore(self) -> Answer | None:
        try:
            self._at_snapshot()
        except BaseException as failure:
            self.failure = failure
            self.over.set()
            return None
        return Answer(HTTPStatus.OK)

    def _next_invocation(self) -> Answer | None:
        with self._lock:
            event = self._events.pop(0) if self._events else None
            self._invocations += 1
        if event is None:
            self.over.set()
            self._closing.wait()
            return None
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": str(self._invocations),
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + _TIME_LEFT),
            "Lambda-Runtime-Invoked-Function-Arn": _FUNCTION_ARN,
        }
        return Answer(HTTPStatus.OK, event, headers)


@dataclass(frozen=True)
class Answer:
    """What the server sends back."""

    status: HTTPStatus
    body: bytes = b""
    headers: dict[str, str] | None = None


class _Server(ThreadingHTTPServer):
    # Closing the server waits for its threads, so nothing is recorded after that.
    daemon_threads = False

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path[len(_ROOT) :] if self.path.startswith(_ROOT) else self.path
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.api.answer(Request(self.command, path, dict(self.headers), body))
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in (answer.headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output free of the requests."""
