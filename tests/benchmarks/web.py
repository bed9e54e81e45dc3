"""What requests cost an application that `snapshot_restore_py.web` has wrapped, beside itself.

GET and POST requests at other paths than the adapter's two, given to the application as a server
does, without a network. The smallest application there is shows what the wrapper itself takes;
those of frameworks, with one route that answers a few bytes, how much that is of a request. The
frameworks are those of the extra `test`, which has to be installed beside this interpreter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from statistics import median
from typing import NamedTuple

from measuring import ROOT, Target, arguments, interleaved, report

REQUESTS = 4000
BATCH = 20
# A wrapped application and a bare one take turns, in a process of their own for each framework:
# what disturbs the machine for longer than a few requests disturbs both. The medians of many small
# batches leave out what disturbs it for a shorter time.
_MEASURE = f"""
import asyncio, io, json, sys
from statistics import median
from time import perf_counter_ns
from snapshot_restore_py import web

{{application}}

async def receive():
    return {{{{"type": "http.request", "body": b"", "more_body": False}}}}
async def send(message):
    pass
def scope(method):
    return {{{{
        "type": "http", "asgi": {{{{"version": "3.0"}}}}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": "/orders", "raw_path": b"/orders", "query_string": b"",
        "root_path": "", "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 9),
        "server": ("127.0.0.1", 80), "state": {{{{}}}},
    }}}}
async def asgi_batch(application, method):
    scopes = [scope(method) for _ in range({BATCH})]
    start = perf_counter_ns()
    for one in scopes:
        await application(one, receive, send)
    return perf_counter_ns() - start
def environ(method):
    return {{{{
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": "/orders", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.multithread": False,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }}}}
def start_response(status, headers, exc_info=None):
    pass
async def wsgi_batch(application, method):
    environs = [environ(method) for _ in range({BATCH})]
    start = perf_counter_ns()
    for one in environs:
        for _ in application(one, start_response):
            pass
    return perf_counter_ns() - start

async def measure():
    wrapped = getattr(web, "{{interface}}")(app)
    assert wrapped is not app
    batch = {{interface}}_batch
    times = {{{{}}}}
    for turn in range({REQUESTS // BATCH}):
        for method in ("GET", "POST"):
            pair = [("bare", app), ("wrapped", wrapped)]
            for name, application in pair[:: 1 if turn % 2 else -1]:
                times.setdefault(f"{{{{method}}}} {{{{name}}}}", []).append(
                    await batch(application, method)
                )
    print(json.dumps({{{{name: median(taken) / {BATCH} for name, taken in times.items()}}}}))

asyncio.run(measure())
"""
_DJANGO = """
from django.conf import settings
from django.http import HttpResponse
from django.urls import path
import django
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
django.setup()
"""


class Kind(NamedTuple):
    """An application, and how it is called."""

    name: str
    interface: str
    code: str


KINDS = [
    Kind(
        "the smallest, ASGI",
        "asgi",
        """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"an answer"})
""",
    ),
    Kind(
        "the smallest, WSGI",
        "wsgi",
        """
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"an answer"]
""",
    ),
    Kind(
        "FastAPI",
        "asgi",
        """
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
app = FastAPI()
@app.api_route("/orders", methods=["GET", "POST"])
async def orders():
    return PlainTextResponse("an answer")
""",
    ),
    Kind(
        "Flask",
        "wsgi",
        """
from flask import Flask
app = Flask(__name__)
@app.route("/orders", methods=["GET", "POST"])
def orders():
    return "an answer"
""",
    ),
    Kind(
        "Django, WSGI",
        "wsgi",
        f"""{_DJANGO}
from django.core.wsgi import get_wsgi_application
urlpatterns = [path("orders", lambda request: HttpResponse("an answer"))]
app = get_wsgi_application()
""",
    ),
]
METHODS = ("GET", "POST")
LIMIT = 1.05


def _times(kind: Kind) -> dict[str, float]:
    """Return the nanoseconds of a request, by its method and whether the application is wrapped."""
    unwanted = ("PYTHON", "SNAPSHOT_RESTORE_")
    environment = {key: text for key, text in os.environ.items() if not key.startswith(unwanted)}
    environment["PYTHONPATH"] = str(ROOT)
    environment["AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH"] = "/snapstart/before"
    environment["AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH"] = "/snapstart/after"
    process = subprocess.run(
        [sys.executable, "-c", _MEASURE.format(interface=kind.interface, application=kind.code)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    times: dict[str, float] = json.loads(process.stdout)
    return times


def main() -> int:
    """Measure, print, and return the exit status."""
    options = arguments(__doc__).parse_args()
    rounds = interleaved(_times, KINDS, options.rounds)
    rows = [["", *(f"{method}, {name}" for method in METHODS for name in ("bare", "wrapped"))]]
    targets = []
    for kind, found in rounds.items():
        cells = [kind.name]
        for method in METHODS:
            bare, wrapped = (
                median(one[f"{method} {name}"] for one in found) for name in ("bare", "wrapped")
            )
            # Each pair was measured side by side: of these the ratio is taken, not of medians.
            ratio = median(one[f"{method} wrapped"] / one[f"{method} bare"] for one in found)
            if kind.name.startswith("the smallest"):
                title = f"wrapper of {kind.interface.upper()}, {method}"
                targets.append(Target(title, "a microsecond", (wrapped - bare) / 1000, 1.0))
            else:
                targets.append(Target(f"{kind.name}, {method}", "itself", ratio, LIMIT))
            cells += [f"{bare / 1000:.2f}", f"{wrapped / 1000:.2f} ({ratio:.3f})"]
        rows.append(cells)
    title = (
        f"Microseconds of a request, median of {options.rounds} rounds of {REQUESTS:,} requests\n"
        "(in brackets: relative to the bare application)"
    )
    return report(title, rows, targets, options)


if __name__ == "__main__":
    sys.exit(main())
