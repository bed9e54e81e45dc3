"""Writes what the hooks of each phase did, where `SNAPSHOT_RESTORE_LOG=1` asks for it.

Imported only then. AWS's runtime client takes the entries out of the registry and calls what
it gets, and nobody tells when it begins or ends. So an entry, which stays where and what it
is, gives a stand-in for its function where it is unpacked: that takes the time. A phase begins
with the call of its first hook. It is over when all that the registry holds have been called,
or when one has raised.

What goes wrong here is seen neither by the hooks nor by whoever runs them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from _thread import allocate_lock
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING, Any

from ._hooks import PHASES, Hook, lock
from ._locations import locate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

LIMIT = 10
"""The seconds in which the hooks after a restore have to be done, and the runtime be loaded.

Those before the snapshot count towards the init, which has minutes.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
"""

_MOST = 1000
"""The most characters that are written of a name, or of an error's text."""


class PhaseLog:
    """Watches the phases of the registry in a package's namespace."""

    def __init__(self) -> None:
        self._package: dict[str, Any] = {}
        self._runs: dict[str, _Run] = {}
        """By phase, what has begun and is not over."""

    def attach(self, package: dict[str, Any]) -> None:
        """Work for the registry in the namespace `package`."""
        self._package = package
        package["_log"] = self

    def prepare(self, phase: str, caller: dict[str, Any]) -> None:
        """Watch the hooks of a phase from now on.

        Args:
            phase: One of the two.
            caller: The namespace of the code that asks for the hooks.
        """
        with suppress(Exception):
            self._watch(phase)
            if not _runs_hooks(caller.get("__name__")):
                return
            run = self._runs.get(phase)
            if run and not run.calling:
                self._end(run)  # Whoever ran it has stopped in the middle.
            if not self._registry(phase):
                _Run(phase).end()

    def begin(self, call: _Call) -> None:
        """Note that a hook is called."""
        phase = call.hook._phase
        run = self._runs.get(phase)
        if run and run.has_called(call.hook):
            self._end(run)
            run = None
        if run is None:
            run = self._runs[phase] = _Run(phase)
        run.add(call)

    def end(self, call: _Call) -> None:
        """Note that a hook has returned or raised."""
        for phase in PHASES:
            self._watch(phase)  # The hook may have registered others.
        run = self._runs[call.hook._phase]
        run.calling = None
        # From the last, which has not been called as long as they are called in order.
        hooks = reversed(self._registry(run.phase))
        if call.error or all(map(run.has_called, hooks)):
            self._end(run)

    def _end(self, run: _Run) -> None:
        del self._runs[run.phase]
        run.end()

    def _registry(self, phase: str) -> list[Any]:
        registry: list[Any] = self._package[f"_{phase}_registry"]
        return registry

    def _watch(self, phase: str) -> None:
        registry = self._registry(phase)
        with lock:
            for index, entry in enumerate(registry):
                hook: Any = Hook(entry) if type(entry) is tuple else entry
                kind: object = type(hook)
                if kind is Hook and len(hook) == 3:
                    # The very object, as its plugin has it too.
                    hook.__class__ = _WatchedHook
                    hook._phase = phase
                    registry[index] = hook


def _runs_hooks(module: Any) -> bool:
    """Tell whether a module asks for hooks in order to run them, and not to look at them."""
    package = __name__.partition(".")[0]
    return module in (package, f"{package}.web") or str(module).startswith("awslambdaric.")


class _WatchedHook(Hook):
    """An entry that gives a stand-in for its function where it is unpacked."""

    _phase: str

    def __iter__(self) -> Iterator[Any]:
        return iter((_StandIn(self), self[1], self[2]))


class _StandIn:
    """Calls a hook's function, and takes the time. Equal to the function itself."""

    def __init__(self, hook: _WatchedHook) -> None:
        self._hook = hook
        self._func = _function(hook)
        coroutines = sys.modules.get(f"{__package__}._coroutines")
        is_async = coroutines and type(self._func) is coroutines.AsyncHook
        # Where a loop runs already, in web servers, that is what is awaited.
        self.__wrapped__ = self._awaited if is_async else self._func

    def __call__(self, *args: Any, **kwargs: Any) -> object:
        with _Call(self._hook):
            return self._func(*args, **kwargs)

    async def _awaited(self, *args: Any, **kwargs: Any) -> object:
        with _Call(self._hook):
            return await self._func.__wrapped__(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._func, name)

    def __eq__(self, other: object) -> bool:
        return bool(self._func == (other._func if isinstance(other, _StandIn) else other))

    def __hash__(self) -> int:
        return hash(self._func)

    def __repr__(self) -> str:
        return repr(self._func)


def _function(hook: _WatchedHook) -> Any:
    """Return the function of an entry, also if somebody has registered a stand-in for it."""
    func: Any = hook[0]
    return func._func if type(func) is _StandIn else func


class _Call:
    """The call of a hook.

    Attributes:
        hook: Its entry.
        seconds: How long it took; 0 until it is over.
        error: What it raised, in one line; empty if nothing.
    """

    def __init__(self, hook: _WatchedHook) -> None:
        self.hook = hook
        self.seconds = 0.0
        self.error = ""
        self._began = 0.0

    def __enter__(self) -> None:
        with suppress(Exception):
            log.begin(self)
        self._began = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        places: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._began
        with suppress(Exception):
            if error is not None:
                self.error = _in_one_line(error)
            log.end(self)

    def as_json(self) -> dict[str, Any]:
        """Return what is written of the call."""
        owner = self.hook._owner
        return {
            "name": self.name,
            "plugin": _shown(owner.name) if owner else None,
            "seconds": round(self.seconds, 6),
            "error": self.error or None,
        }

    @property
    def name(self) -> str:
        """The hook's name, as in `module.function`."""
        try:
            return _shown(locate(_function(self.hook)).name)
        except BaseException:  # A foreign object can fail to tell its name, in any way.
            return f"a {type(self.hook[0]).__name__} object"

    def __str__(self) -> str:
        owner = f" (plugin {_shown(self.hook._owner.name)})" if self.hook._owner else ""
        failed = f" failed: {self.error}" if self.error else ""
        return f"{self.name}{owner} {self.seconds:.3f} s{failed}"


class _Run:
    """A phase: the calls of its hooks, from the first on."""

    def __init__(self, phase: str) -> None:
        self.phase = phase
        self.calling: _Call | None = None
        self._calls: dict[int, _Call] = {}
        self._began = time.perf_counter()
        self._is_unwarned = allocate_lock()
        self._timer: Timer | None = None

    def add(self, call: _Call) -> None:
        """Note that a hook is called."""
        self._calls[id(call.hook)] = self.calling = call
        if self._timer is None and self.phase == "after_restore":
            # A hook that hangs never comes to its end: Lambda ends the process before.
            self._timer = Timer(LIMIT / 2, self._warn_of_running)
            self._timer.daemon = True
            with suppress(RuntimeError):  # There may be no thread to be had.
                self._timer.start()

    def has_called(self, entry: object) -> bool:
        """Tell whether an entry, that very object, has been called in this run."""
        return id(entry) in self._calls or not isinstance(entry, _WatchedHook)

    def end(self) -> None:
        """Write what happened."""
        seconds = time.perf_counter() - self._began if self._calls else 0.0
        is_slow = False
        if self._timer is not None:
            is_slow = seconds >= LIMIT / 2
            self._timer.cancel()
            with suppress(RuntimeError):  # It may never have been started.
                self._timer.join(1)
        if is_slow:
            self._warn(f"took {seconds:.3f} of the {LIMIT} seconds that Lambda allows", seconds)
        calls = list(self._calls.values())
        is_failed = any(call.error for call in calls)
        level = "ERROR" if is_failed else "WARNING" if is_slow else "INFO"
        hooks = f"{len(calls)} hook{'' if len(calls) == 1 else 's'}" if calls else "no hooks"
        details = "".join(f"{', ' if n else ': '}{call}" for n, call in enumerate(calls))
        _write(
            level,
            f"{self.phase}: {hooks} in {seconds:.3f} s",
            details,
            {
                "phase": self.phase,
                "seconds": round(seconds, 6),
                "hooks": [call.as_json() for call in calls],
            },
        )

    def _warn_of_running(self) -> None:
        call = self.calling
        if call:
            seconds = time.perf_counter() - self._began
            self._warn(
                f"has taken {seconds:.3f} of the {LIMIT} seconds that Lambda allows, and "
                f"{call.name} is still running",
                seconds,
            )

    def _warn(self, text: str, seconds: float) -> None:
        if self._is_unwarned.acquire(blocking=False):
            facts = {"phase": self.phase, "warning": text, "seconds": round(seconds, 6)}
            _write("WARNING", f"{self.phase} {text}", "", facts)


def _in_one_line(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # A foreign exception can fail to tell its text, in any way.
        text = ""
    return _shown(f"{type(error).__name__}: {text}".rstrip(": "))


def _shown(text: str) -> str:
    """Return a text in one line, not too long, and without control characters."""
    text = " ".join(text[: 2 * _MOST].split())
    if len(text) > _MOST:
        text = f"{text[:_MOST]}..."
    escaped = (
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )
    return "".join(escaped)


def _write(level: str, message: str, details: str, facts: dict[str, Any]) -> None:
    """Write one line to standard error, as AWS's runtime client forms what it logs."""
    with suppress(Exception):
        now = time.time()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        moment += f".{int(now % 1 * 1000):03d}Z"
        if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
            head = {"timestamp": moment, "level": level, "logger": __package__, "message": message}
            line = json.dumps({**head, **facts})
        else:
            line = f"[{level}]\t{moment}\t\t{__package__} {message}{details}"
        _write_line(line)


def _write_line(line: str) -> None:
    stream = sys.stderr
    encoding = stream.encoding or "utf-8"
    data = f"{line}\n".encode(encoding, "backslashreplace")
    try:
        descriptor = stream.fileno()
    except Exception:  # It is no file, as where a test catches what is written.
        stream.write(data.decode(encoding))
        return
    # Not through the stream: what cannot be written would stay in its buffer, and change the
    # exit status of the process at its end.
    while data:
        data = data[os.write(descriptor, data) :]


log = PhaseLog()
