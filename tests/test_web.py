"""`snapshot_restore_py.web` in real servers, with a client in the place of AWS's adapter."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sys
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.conftest import ROOT
from tests.servers.programs import Program, free_port

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, AFTER = "/snapstart/before", "/snapstart/after"
PATHS = {
    "AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH": BEFORE,
    "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH": AFTER,
}

# Each application answers /seen with what ran, and everything else with "the application".
HOOKS = """
import asyncio, json, os, threading
from snapshot_restore_py import register_after_restore, register_before_snapshot, web

seen, loops = [], []

@register_before_snapshot
def close():
    seen.append("close")

@register_before_snapshot
async def drain(how="at once"):
    await asyncio.sleep(0)
    loops.append(asyncio.get_running_loop())
    seen.append(f"drain {how}")

@register_after_restore
def open_again():
    seen.append("open")

def answer(path, loop=None):
    if path == "/seen":
        return json.dumps([seen, [one is loop for one in loops]])
    return "the application"
"""
ASGI = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})
        return
    body = answer(scope["path"], asyncio.get_running_loop()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
application = web.asgi(app)
"""
FASTAPI = """
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
app = FastAPI()
@app.api_route("/{path:path}", methods=["GET", "POST"])
async def catch_all(request: Request):
    return PlainTextResponse(answer(request.url.path, asyncio.get_running_loop()))
application = web.asgi(app)
"""
DJANGO = """
import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import re_path
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
django.setup()
"""
DJANGO_ASGI = f"""{DJANGO}
async def view(request):
    return HttpResponse(answer(request.path, asyncio.get_running_loop()))
urlpatterns = [re_path("", view)]
from django.core.asgi import get_asgi_application
application = web.asgi(get_asgi_application())
"""
DJANGO_WSGI = f"""{DJANGO}
urlpatterns = [re_path("", lambda request: HttpResponse(answer(request.path)))]
from django.core.wsgi import get_wsgi_application
application = web.wsgi(get_wsgi_application())
"""
FLASK = """
from flask import Flask, request
app = Flask(__name__)
@app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
@app.route("/<path:path>", methods=["GET", "POST"])
def catch_all(path):
    return answer("/" + path)
application = web.wsgi(app)
"""
WSGI = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [answer(environ["PATH_INFO"]).encode()]
application = web.wsgi(app)
"""


class Response(NamedTuple):
    status: int
    body: str


class Server:
    """A web server with an application, while its context lasts."""

    def __init__(
        self, folder: Path, name: str, application: str, *options: str, ready: str = ""
    ) -> None:
        (folder / "app.py").write_text(HOOKS + application)
        self.port = free_port()
        command = [sys.executable, "-m", name, "app:application"]
        if name == "uvicorn":
            command += ["--port", str(self.port), "--no-access-log"]
            ready = ready or "Uvicorn running"
        else:
            command += ["--bind", f"127.0.0.1:{self.port}", "--worker-tmp-dir", str(folder)]
            ready = ready or "Listening at"
        self.environment = {
            **{key: text for key, text in os.environ.items() if not key.startswith("AWS_")},
            "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
            "HOME": str(folder),
            **PATHS,
        }
        self._start = ([*command, *options], ready, folder)

    def __enter__(self) -> Server:  # noqa: PYI034
        command, ready, folder = self._start
        self.program = Program(command, ready, env=self.environment, cwd=folder)
        return self

    def __exit__(self, *_: object) -> None:
        # At the other signal each of the two ends without having cleaned up.
        is_uvicorn = "uvicorn" in self.program.process.args
        self.program.process.send_signal(signal.SIGINT if is_uvicorn else signal.SIGTERM)
        self.program.wait()

    def request(self, method: str, path: str, **headers: str) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return Response(response.status, response.read().decode())

    def post(self, path: str, **headers: str) -> Response:
        return self.request("POST", path, **headers)

    @property
    def seen(self) -> Any:
        return json.loads(self.request("GET", "/seen").body)


SERVERS = {
    "uvicorn": ("uvicorn", ASGI),
    "FastAPI in uvicorn": ("uvicorn", FASTAPI),
    "Django in uvicorn": ("uvicorn", DJANGO_ASGI),
    "Flask in gunicorn": ("gunicorn", FLASK),
    "Django in gunicorn": ("gunicorn", DJANGO_WSGI),
}
APPLICATION = Response(200, "the application")
DONE = Response(204, "")


@pytest.mark.parametrize("name", SERVERS)
def test_the_adapters_requests_run_the_hooks_and_all_others_reach_the_application(tmp_path, name):
    with Server(tmp_path, *SERVERS[name]) as server:
        assert server.request("GET", BEFORE) == APPLICATION
        assert server.post("/orders") == APPLICATION
        assert server.seen == [[], []]
        assert server.post(BEFORE) == DONE
        before, in_own_loop = server.seen
        assert before == ["drain at once", "close"]
        assert in_own_loop == ["uvicorn" in name]
        assert server.post(AFTER) == DONE
        assert server.post(BEFORE) == server.post(AFTER) == DONE
        assert server.seen[0] == [*before, "open"]
        assert server.post("/orders") == APPLICATION


FAILING = """
@register_before_snapshot
async def fail():
    raise ValueError("the password is wrong")
"""


@pytest.mark.parametrize(("name", "application"), [("uvicorn", ASGI), ("gunicorn", WSGI)])
def test_a_hook_that_fails_is_named_in_the_answer_and_its_traceback_in_the_log(
    tmp_path, name, application
):
    log = tmp_path / "log"
    logging = f"import logging\nlogging.basicConfig(filename={str(log)!r})\n"
    with Server(tmp_path, name, application + FAILING + logging) as server:
        failed = Response(500, "The before_snapshot hook app.fail failed")
        assert server.post(BEFORE) == failed
        assert server.post(BEFORE) == failed
        assert server.seen[0] == []
    assert log.read_text().count("ValueError: the password is wrong") == 1


def test_hooks_run_once_also_if_they_are_asked_for_again_meanwhile(tmp_path):
    waiting = """
    entered, go_on = threading.Event(), threading.Event()
    @register_before_snapshot
    def wait():
        entered.set()
        go_on.wait()
    def answer(path):
        entered.wait()
        if path == "/go_on":
            go_on.set()
        return "the application"
    """
    options = ("--threads", "3")
    code = WSGI + "\n".join(line[4:] for line in waiting.splitlines())
    answers = []
    with Server(tmp_path, "gunicorn", code, *options) as server:
        first = Thread(target=lambda: answers.append(server.post(BEFORE)))
        first.start()
        assert server.post("/orders") == APPLICATION
        assert server.post(BEFORE).status == 409
        assert server.request("GET", "/go_on") == APPLICATION
        first.join()
    assert answers == [DONE]


class _UnixConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def test_a_request_that_comes_from_no_loopback_address_reaches_the_application(tmp_path):
    with Server(tmp_path, "uvicorn", ASGI, "--forwarded-allow-ips", "*") as server:
        assert server.post(BEFORE, **{"X-Forwarded-For": "203.0.113.7"}) == APPLICATION
        assert server.post(BEFORE, **{"X-Forwarded-For": "::1"}) == DONE
    place = tmp_path / "socket"
    for name, application, option in (
        ("uvicorn", ASGI, ["--uds", str(place)]),
        ("gunicorn", WSGI, ["--bind", f"unix:{place}"]),
    ):
        connection = _UnixConnection(str(place))
        with Server(tmp_path, name, application, *option), contextlib.closing(connection):
            connection.request("POST", BEFORE, headers={"Host": "localhost"})
            assert connection.getresponse().read() == b"the application"


def test_a_root_path_does_not_hide_the_paths(tmp_path):
    with Server(tmp_path, "uvicorn", ASGI, "--root-path", "/shop") as server:
        assert server.post(BEFORE) == DONE
    server = Server(tmp_path, "gunicorn", WSGI)
    server.environment["SCRIPT_NAME"] = "/snapstart"
    with server:
        assert server.post(BEFORE) == DONE


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variables_the_application_is_served_as_it_is(interpreter, value):
    code = """
        from snapshot_restore_py import web
        def app(*_): pass
        report([web.asgi(app) is app, web.wsgi(app) is app])
    """
    variables = {} if value is None else dict.fromkeys(PATHS, value)
    assert interpreter.run(code, env=variables) == [True, True]


def test_it_needs_no_library_and_nothing_imports_it(interpreter):
    code = """
        import sys
        import snapshot_restore_py
        before = set(sys.modules)
        import snapshot_restore_py.web
        foreign = {"asyncio", "http", "logging", "socket", "wsgiref"} & (set(sys.modules) - before)
        report(["snapshot_restore_py.web" in before, sorted(foreign)])
    """
    assert interpreter.run(code) == [False, []]


PREFORK = """
import os, snapshot_restore_py

preload_app = True
workers = 2

def when_ready(server):
    snapshot_restore_py.run_before_snapshot()

def post_fork(server, worker):
    snapshot_restore_py.run_after_restore()
    with open("notes") as notes:
        if len(notes.readlines()) == 3:
            print("all workers are ready", flush=True)
"""
NOTING = """
def note(phase):
    with open("notes", "a") as notes:
        notes.write(f"{phase} {os.getpid()} {os.getppid()}\\n")
register_before_snapshot(note, "before")
register_after_restore(note, "after")
"""


def test_workers_that_a_server_forks_run_the_hooks_as_restored_environments_do(tmp_path):
    (tmp_path / "gunicorn.conf.py").write_text(PREFORK)
    with Server(tmp_path, "gunicorn", WSGI + NOTING, ready="all workers are ready") as server:
        assert server.post("/orders") == APPLICATION
        main = str(server.program.process.pid)
        server.program.process.send_signal(signal.SIGTERM)
        server.program.process.wait()
    notes = [line.split() for line in (tmp_path / "notes").read_text().splitlines()]
    assert notes[0][:2] == ["before", main]
    assert {(phase, parent) for phase, _, parent in notes[1:]} == {("after", main)}
    assert len({process for _, process, _ in notes}) == len(notes) == 3
