"""`snapshot_restore_py.web` in real servers, with a client in the place of AWS's adapter."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sys
from textwrap import dedent
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.conftest import REPORT, ROOT
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
        for address in ("203.0.113.7", "::1"):
            assert server.post(BEFORE, **{"X-Forwarded-For": address}) == APPLICATION
        assert server.post(BEFORE) == DONE
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


# In one process: what an application gets, and what the wrapper answers.
CALLS = f"""
import asyncio, io, sys
from snapshot_restore_py import register_after_restore, register_before_snapshot, web
BEFORE, AFTER = {BEFORE!r}, {AFTER!r}
got = []

async def app(*given):
    got.append(given)
    await given[2]({{"type": "http.response.start", "status": 200}})

def wsgi_app(*given):
    got.append(given)
    given[1]("200 OK", [])
    return [b"the application"]

async def asked(application, **changes):
    scope = {{"type": "http", "method": "POST", "path": BEFORE, "client": ("127.0.0.1", 9)}}
    sent = []
    async def send(message):
        sent.append(message.get("status") or message["body"].decode())
    await application({{**scope, **changes}}, None, send)
    return sent

def ask(application=None, **changes):
    return asyncio.run(asked(application or web.asgi(app), **changes))

def ask_wsgi(application=None, **changes):
    environ = {{"REQUEST_METHOD": "POST", "PATH_INFO": BEFORE, "REMOTE_ADDR": "127.0.0.1"}}
    sent = []
    body = (application or web.wsgi(wsgi_app))(
        {{**environ, **changes}}, lambda status, _: sent.append(int(status[:3]))
    )
    return [*sent, b"".join(body).decode()]
"""


def calls(interpreter: Any, code: str, variables: dict[str, str] = PATHS) -> Any:
    """Return what code reports that calls wrapped applications as servers do."""
    return interpreter.run(f"{CALLS}\n{dedent(code)}", env=variables)


def test_only_posts_to_the_very_paths_are_taken_and_others_are_passed_on_as_they_are(interpreter):
    code = """
    ran = []
    register_before_snapshot(ran.append, "before")
    other = [(one, BEFORE) for one in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post", "POSTS")]
    paths = (BEFORE + "/", BEFORE + "x", "/", "", "/x" + BEFORE, BEFORE.upper(), BEFORE[1:],
             BEFORE + "?a", "/snapstart", "/snapstart//before", "/snapstart/./before")
    other += [("POST", path) for path in paths]
    passed = []
    for method, path in other:
        scope = {"type": "http", "method": method, "path": path, "client": ("127.0.0.1", 9)}
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "REMOTE_ADDR": "127.0.0.1"}
        for given in ({"type": "lifespan"}, {"type": "websocket", "path": path}, scope):
            receive, sent = object(), []
            async def send(message):
                sent.append(message)
            asyncio.run(web.asgi(app)(given, receive, send))
            same = [one is two for one, two in zip(got.pop(), (given, receive, send))]
            passed += [len(sent) == 1, *same]
        start = lambda *_: None
        answer = web.wsgi(wsgi_app)(environ, start)
        passed += [answer == [b"the application"], got.pop() == (environ, start)]
    report([all(passed), len(passed), list(ran), ask(), ask_wsgi(), got, ran])
    """
    everything, count, before, *answers, got, ran = calls(interpreter, code)
    assert (everything, count, before) == (True, 18 * 14, [])
    assert (answers, got, ran) == ([[204, ""], [204, ""]], [], ["before"])


def test_only_requests_from_loopback_addresses_are_taken(interpreter):
    code = """
    from ipaddress import IPv6Address, ip_network
    from hypothesis import example, given, settings, strategies as st

    here = [ip_network("127.0.0.0/8"), ip_network("::1"), ip_network("::ffff:127.0.0.0/104")]
    of_here = [st.ip_addresses(network=network) for network in here]

    @settings(max_examples=200, deadline=None, database=None)
    @given(st.one_of(st.ip_addresses(), st.ip_addresses(network="::ffff:0:0/96"), *of_here))
    @example(IPv6Address("::ffff:127.0.0.1"))
    def judge(address):
        expected = any(address in one for one in here if one.version == address.version)
        for text in {str(address), address.exploded}:
            assert (ask(client=[text, 1]) == [204, ""]) is expected
            assert (ask_wsgi(REMOTE_ADDR=text) == [204, ""]) is expected

    judge()
    none = ["", "localhost", "127.0.0.1.example", "127.1", "testclient", "/run/socket"]
    taken = [ask(client=[one, 1])[0] for one in none]
    taken += [ask_wsgi(REMOTE_ADDR=one)[0] for one in none]
    scope = {"type": "http", "method": "POST", "path": BEFORE}
    async def send(message):
        taken.append(message["status"])
    for client in ({}, {"client": None}):
        asyncio.run(web.asgi(app)({**scope, **client}, None, send))
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": BEFORE}
    web.wsgi(wsgi_app)(environ, lambda *_: taken.append(200))
    report(taken)
    """
    assert calls(interpreter, code) == [200] * 15


def test_a_request_that_a_proxy_on_the_machine_forwards_reaches_the_application(interpreter):
    code = """
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
    told = [(b"x-forwarded-for", b"127.0.0.1")], [(b"forwarded", b"for=127.0.0.1")]
    answers = [ask(headers=[(b"host", b"localhost"), *one])[0] for one in told]
    believing = ProxyHeadersMiddleware(web.asgi(app), trusted_hosts="*")
    answers.append(ask(believing, headers=told[0], client=("203.0.113.7", 9))[0])
    for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"):
        answers.append(ask_wsgi(HTTP_HOST="localhost", **{name: "127.0.0.1"})[0])
    report([answers, ask(headers=[(b"host", b"localhost")])])
    """
    assert calls(interpreter, code) == [[200] * 5, [204, ""]]


def test_a_path_is_what_the_adapter_makes_of_its_variable(interpreter):
    code = """
    report([
        ask(path="/snap start/before"), ask(path="/nach-über"), ask(path="/snap%20start/before"),
        ask_wsgi(PATH_INFO="/nach-über".encode().decode("latin-1")), ask_wsgi(PATH_INFO="/snap"),
    ])
    """
    names = list(PATHS)
    odd = {names[0]: "snap%20start/before", names[1]: "/nach-über"}
    done, application = [204, ""], [200]
    answers = calls(interpreter, code, odd)
    assert answers == [done, done, application, done, [200, "the application"]]
    only = {names[1]: AFTER}
    assert calls(interpreter, "report([ask(), ask(path=AFTER)])", only) == [application, done]
    same = interpreter.start(f"{CALLS}\nweb.wsgi(wsgi_app)", env=dict.fromkeys(PATHS, AFTER))
    assert f"ValueError: {names[0]} and {names[1]} are one path, {AFTER!r}" in same.stderr


def test_an_application_can_be_mounted(interpreter):
    code = """
    from fastapi import FastAPI
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    whole = FastAPI()
    whole.mount("/snapstart", web.asgi(app))
    mounted = DispatcherMiddleware(wsgi_app, {"/snapstart": web.wsgi(wsgi_app)})
    report([
        ask(whole, root_path="", query_string=b"", headers=[]), ask_wsgi(mounted, SCRIPT_NAME=""),
        # As of a server that is told of a path that another before it takes away.
        ask(root_path="/shop"), ask(root_path="/shop", path="/shop" + BEFORE),
        ask(root_path="/snapstart"), ask_wsgi(SCRIPT_NAME="/shop"),
        ask(path="/shop" + BEFORE)[:1], ask_wsgi(PATH_INFO="/shop" + BEFORE)[:1],
    ])
    """
    assert calls(interpreter, code) == [[204, ""]] * 6 + [[200]] * 2


def test_lifespans_and_websockets_are_the_applications(interpreter):
    code = """
    from contextlib import asynccontextmanager
    from fastapi import FastAPI, WebSocket
    from fastapi.testclient import TestClient
    seen = []

    @asynccontextmanager
    async def lifespan(app):
        seen.append("begin")
        yield {"pool": 7}
        seen.append("end")

    app = FastAPI(lifespan=lifespan)

    @app.websocket(BEFORE)
    async def talk(websocket: WebSocket):
        await websocket.accept()
        seen.append(await websocket.receive_text())
        await websocket.send_json(websocket.state.pool)
        await websocket.close()

    with TestClient(web.asgi(app), client=("127.0.0.1", 9)) as client:
        with client.websocket_connect(BEFORE) as websocket:
            websocket.send_text("hello")
            seen.append(websocket.receive_json())
        seen.append(client.post(BEFORE).status_code)
    report(seen)
    """
    # Versions of the client warn of one another.
    result = interpreter.start(
        f"{REPORT}{CALLS}\n{dedent(code)}", env=PATHS, options=("-W", "ignore")
    )
    assert json.loads(result.stdout) == ["begin", "hello", 7, 204, "end"], result.stderr


ENDING = """
@register_before_snapshot
async def give_up():
    raise {error}
"""


@pytest.mark.parametrize(
    ("name", "application", "error"),
    [
        ("uvicorn", ASGI, "SystemExit('no')"),
        ("uvicorn", ASGI, "asyncio.CancelledError('no')"),
        ("gunicorn", WSGI, "SystemExit('no')"),
    ],
)
def test_a_hook_that_wants_to_end_the_process_or_the_request_has_failed_too(
    tmp_path, name, application, error
):
    with Server(tmp_path, name, application + ENDING.format(error=error)) as server:
        failed = Response(500, "The before_snapshot hook app.give_up failed")
        assert server.post(BEFORE) == failed
        assert server.post("/orders") == APPLICATION
        assert server.post(BEFORE) == failed
        assert server.post(AFTER) == DONE


def test_whoever_interrupts_the_server_or_cancels_the_request_is_heard(interpreter):
    code = """
    import logging
    logging.disable()

    @register_before_snapshot
    def press():
        raise KeyboardInterrupt

    @register_after_restore
    async def wait():
        waiting.set()
        await asyncio.Event().wait()

    answers = []
    for one in (ask_wsgi, ask):
        try:
            answers.append(one())
        except KeyboardInterrupt:
            answers.append("interrupted")

    async def cancel():
        global waiting
        waiting = asyncio.Event()
        first = asyncio.ensure_future(asked(web.asgi(app), path=AFTER))
        await waiting.wait()
        answers.append(await asked(web.asgi(app), path=AFTER))
        first.cancel()
        await asyncio.wait([first])
        answers.append(first.cancelled())
        answers.append(await asked(web.asgi(app), path=AFTER))

    asyncio.run(cancel())
    report(answers)
    """
    assert calls(interpreter, code) == [
        "interrupted",
        [500, "The before_snapshot hook __main__.press failed"],
        [409, "The after_restore hooks are still running"],
        True,
        [500, "The after_restore hook __main__.wait failed"],
    ]


def test_in_strict_mode_the_plugin_that_fails_is_named(site, interpreter):
    site.add("acme-hooks", {"acme": "acme_hooks"}, {"acme_hooks": "import half\nhalf.missing"})
    site.write({"half": "import snapshot_restore_py\n"})
    code = f"import half, logging\n{CALLS}\nlogging.disable()\nreport([ask(), ask(), ask_wsgi()])"
    variables = {**PATHS, "SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
    failed = [500, "The before_snapshot hooks did not run, because the plugin 'acme' failed"]
    assert interpreter.run(code, site, env=variables) == [failed] * 3


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
import json, os, socket
import snapshot_restore_py

preload_app = True
workers = 3

def when_ready(server):
    snapshot_restore_py.run_before_snapshot()

def post_fork(server, worker):
    snapshot_restore_py.run_after_restore()

def post_worker_init(worker):
    import app
    facts = [os.getpid(), app.ran, app.connection.getsockname()[1], app.generator.random()]
    with socket.create_connection({told!r}) as connection:
        connection.sendall(json.dumps(facts).encode())
"""
LOADED = """
import random, socket
ran = []
generator = random.Random()
connection = socket.create_connection({server!r})
"""
MENDING = """
@register_before_snapshot
def close_connection():
    connection.close()
    ran.append(["before", os.getpid()])

@register_after_restore
def renew():
    global connection
    connection = socket.create_connection({server!r})
    generator.seed()
    ran.append(["after", os.getpid()])
"""


@pytest.mark.parametrize("mending", [MENDING, ""], ids=["with hooks", "without"])
def test_workers_that_a_server_forks_have_the_faults_of_a_snapshot_and_the_hooks_mend_them(
    tmp_path, mending
):
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        made[0].settimeout(60)  # Only guards against a test that hangs.
        told, server = (listener.getsockname() for listener in made)
        (tmp_path / "gunicorn.conf.py").write_text(PREFORK.format(told=told))
        code = WSGI + (LOADED + mending).format(server=server)

        def next_worker() -> list[Any]:
            connection, _ = made[0].accept()
            with connection, connection.makefile() as stream:
                facts: list[Any] = json.load(stream)
                return facts

        with Server(tmp_path, "gunicorn", code) as gunicorn:
            main = gunicorn.program.process.pid
            workers = [next_worker() for _ in range(3)]
            assert gunicorn.post("/orders") == APPLICATION
            # gunicorn forks another one in the place of one that has ended.
            os.kill(workers[0][0], signal.SIGKILL)
            workers.append(next_worker())
    processes, runs, ports, numbers = zip(*workers)
    assert main not in processes
    assert len(set(processes)) == 4
    if mending:
        assert (len(set(ports)), len(set(numbers))) == (4, 4)
        assert list(runs) == [[["before", main], ["after", worker]] for worker in processes]
    else:
        assert (len(set(ports)), len(set(numbers))) == (1, 1)
