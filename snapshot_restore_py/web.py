"""Runs the hooks in web servers, where AWS's runtime client does not.

**Behind AWS's Lambda Web Adapter** a web server is a process of its own, and the adapter tells it
of the snapshot and of each restore by HTTP. Wrap the application, and set the two paths in the
function's environment:

    application = web.asgi(app)  # or web.wsgi(app)

    AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH=/snapstart/before
    AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH=/snapstart/after

A POST to one of them runs the hooks of its phase in the process that answers, so let the server
have one process: an execution environment has one request at a time. A phase runs once in the
life of a process. The answer is 204 if all its hooks ran, also when it is asked again; 500 with the
name of the hook that failed, whose traceback is logged; and 409 while they still run. Only
requests from this machine itself count: from a loopback address, and without a header that says
they were forwarded. All other requests go to the application.

**Servers that fork their workers** after the application was loaded, as gunicorn does with
`preload_app`, have the same faults as a snapshot: all workers share the connections, and
draw the same random numbers. The same hooks mend them. In gunicorn's configuration:

    preload_app = True


    def when_ready(server):
        snapshot_restore_py.run_before_snapshot()


    def post_fork(server, worker):
        snapshot_restore_py.run_after_restore()
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import snapshot_restore_py

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from snapshot_restore_py._record import Entry

    AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]
    WsgiApplication = Callable[[Any, Any], Iterable[bytes]]


class _Answer:
    """A response to the adapter, in the words of both interfaces."""

    def __init__(self, status: int, reason: str, text: str = "") -> None:
        self.status = status
        self.status_line = f"{status} {reason}"
        self.body = text.encode()
        self.headers: list[tuple[str, str]] = []
        if text:
            self.headers.append(("Content-Type", "text/plain; charset=utf-8"))
            self.headers.append(("Content-Length", str(len(self.body))))


class _Phase:
    """One of the two phases, which runs once in the life of a process."""

    def __init__(self, name: str, entries: Callable[[], Iterator[Entry]]) -> None:
        self._name = name
        self._entries = entries
        self._begun = Lock()
        self.answer = _Answer(409, "Conflict", f"The {name} hooks are still running")

    def begins(self) -> bool:
        """Return True once: to whoever is to run the hooks."""
        return self._begun.acquire(blocking=False)

    @contextmanager
    def hooks(self) -> Iterator[Iterator[Entry]]:
        """Give the hooks to run, and keep what came of them in `answer`.

        Raises:
            BaseException: What a hook raised that is neither an `Exception` nor `SystemExit`.
        """
        current: list[Entry] = []

        def each() -> Iterator[Entry]:
            for entry in self._entries():
                current[:] = [entry]
                yield entry

        try:
            yield each()
        except BaseException as error:
            self.answer = self._failure(error, *current)
            # A hook cannot end the server. What else is no `Exception` can come from outside:
            # whoever sits at the server interrupts it, or the server cancels the request.
            if not isinstance(error, (Exception, SystemExit)):
                raise
        else:
            self.answer = _Answer(204, "No Content")

    def _failure(self, error: BaseException, *entry: Entry) -> _Answer:
        import logging

        if entry:
            from snapshot_restore_py._locations import locate

            text = f"The {self._name} hook {locate(entry[0][0]).name} failed"
        else:  # A plugin that waited for its library, in strict mode.
            plugin = getattr(error, "name", "")
            text = f"The {self._name} hooks did not run, because the plugin {plugin!r} failed"
        logging.getLogger("snapshot_restore_py").exception(text)
        return _Answer(500, "Internal Server Error", text)


def _before() -> Iterator[Entry]:
    hooks = snapshot_restore_py.get_before_snapshot()
    while hooks:
        yield hooks.pop()


def _after() -> Iterator[Entry]:
    yield from snapshot_restore_py.get_after_restore()


# Hooks are the process's, however many applications are wrapped in it.
_phases = {
    "AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH": _Phase("before_snapshot", _before),
    "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH": _Phase("after_restore", _after),
}


def _by_path() -> dict[str, _Phase]:
    phases: dict[str, _Phase] = {}
    for name, phase in _phases.items():
        value = os.environ.get(name)
        if value:
            from urllib.parse import unquote

            # The adapter adds the slash too, and the server decodes what is asked for.
            path = "/" + unquote(value).removeprefix("/")
            if path in phases:
                raise ValueError(f"{' and '.join(_phases)} are one path, {path!r}; choose two")
            phases[path] = phase
    return phases


def _is_loopback(address: str) -> bool:
    from ipaddress import ip_address

    try:
        found = ip_address(address)
    except ValueError:  # There is none where the server listens at a Unix socket.
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


# By these a proxy on this machine tells that it asks for somebody else.
_FORWARDED = ("forwarded", "x-forwarded-for")


def asgi(app: AsgiApplication) -> AsgiApplication:
    """Wrap an ASGI application, so that it runs the hooks when AWS's Lambda Web Adapter asks.

    Hooks run in the application's event loop and in its thread, `async` ones as part of it. So
    one that begins a loop of its own, as by `asyncio.run()`, has to be `async` instead.

    Args:
        app: An application of ASGI 3, as of FastAPI, Starlette or Django.

    Returns:
        The application to serve; `app` itself where neither of the two variables is set.

    Raises:
        ValueError: Both variables are the same path.
    """
    phases = _by_path()
    if not phases:
        return app

    async def application(scope: Any, receive: Any, send: Any) -> None:
        phase = None
        if scope.get("method") == "POST":  # Lifespans and websockets have none.
            path, root = scope["path"], scope.get("root_path")
            phase = phases.get(path)
            if phase is None and root:  # Some servers put it in front, and some do not.
                phase = phases.get(path.removeprefix(root))
        if (
            phase is None
            or not _is_loopback((scope.get("client") or ("",))[0])
            or any(name.decode("latin-1") in _FORWARDED for name, _ in scope.get("headers", ()))
        ):
            return await app(scope, receive, send)
        try:
            if phase.begins():
                await _run_async(phase)
        finally:  # Also if it was cancelled.
            answer = phase.answer
            headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
            start = {"type": "http.response.start", "status": answer.status, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": answer.body})
        return None

    return application


async def _run_async(phase: _Phase) -> None:
    from snapshot_restore_py._coroutines import AsyncHook

    with phase.hooks() as hooks:
        func: Any  # Where the hooks are logged it stands in for the one in the entry.
        for entry in hooks:
            func, args, kwargs = entry
            if isinstance(entry[0], AsyncHook):
                await func.__wrapped__(*args, **kwargs)
            else:
                func(*args, **kwargs)


def wsgi(app: WsgiApplication) -> WsgiApplication:
    """Wrap a WSGI application, so that it runs the hooks when AWS's Lambda Web Adapter asks.

    Hooks run in the thread that answers the request, `async` ones in a loop of their own.

    Args:
        app: An application of WSGI, as of Flask or Django.

    Returns:
        The application to serve; `app` itself where neither of the two variables is set.

    Raises:
        ValueError: Both variables are the same path.
    """
    # Bytes of a path come as the characters of latin-1 (PEP 3333).
    phases = {path.encode().decode("latin-1"): phase for path, phase in _by_path().items()}
    if not phases:
        return app

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        phase = None
        if environ["REQUEST_METHOD"] == "POST":
            path, script = environ.get("PATH_INFO", ""), environ.get("SCRIPT_NAME")
            phase = phases.get(path)
            if phase is None and script:  # Some servers have taken it away, and some have not.
                phase = phases.get(script + path)
        if (
            phase is None
            or not _is_loopback(environ.get("REMOTE_ADDR", ""))
            or any(f"HTTP_{name.upper().replace('-', '_')}" in environ for name in _FORWARDED)
        ):
            return app(environ, start_response)
        if phase.begins():
            with phase.hooks() as hooks:
                for func, args, kwargs in hooks:
                    func(*args, **kwargs)
        start_response(phase.answer.status_line, phase.answer.headers)
        return [phase.answer.body]

    return application
