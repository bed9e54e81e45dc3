"""The function's process: init, hooks, the snapshot, and a copy for each restore.

A script, started in a process of its own with the function's folder, the folder that holds
this package, the handler, the seconds that a phase may take, two file descriptors: one to
tell the conductor what happens, one to hear that it may go on, whether AWS is out of bounds,
whether something else makes the copies of this process, as a virtual machine does, the
seconds that an invocation may take, names of variables whose readers are wanted, and names of
own modules.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import json
import os
import signal
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PARTS = (
    "_rehearsal.inside.kinds",
    "_rehearsal.inside.c_objects",
    "_rehearsal.inside.standard",
    "_lambda",
    "_rehearsal.inside.times",
    "_rehearsal.inside.values",
    "_rehearsal.inside.ownership",
    "_rehearsal.inside.reachability",
    "_rehearsal.inside.processes",
    "_rehearsal.inside.libraries",
    "_rehearsal.inside.answers",
    "_rehearsal.inside.observation",
    "_rehearsal.inside.tokens",
    "_rehearsal.inside.results",
    "_rehearsal.inside.expiring",
    "_rehearsal.inside.reads",
    "_rehearsal.inside.connections",
    "_rehearsal.inside.profiler",
    "_rehearsal.inside.fetches",
    "_rehearsal.inside.imports",
    "_rehearsal.inside.opened",
    "_rehearsal.inside.troubles",
    "_rehearsal.inside.failures",
    "_rehearsal.inside.no_aws",
    "_rehearsal.inside.given",
    "_rehearsal.inside.executors",
    "_rehearsal.inside.draws",
    "_rehearsal.inside.clients",
    "_rehearsal.inside.pending",
    "_testing.copier",
)
_getpid = os.getpid  # In a copy `os.getpid` tells what the init's process was told.
_CHUNK = 65536  # bytes
_STANDARD_ERROR = 2
_AHEAD = 1.0  # seconds before the limit, when it is likely to be reached; half of a short one
_STACKS = getattr(signal, "SIGRTMAX", 0)  # asks for the stacks, where copies are made outside
_LOW_DESCRIPTORS = 100  # Functions that close all files close up to some such number.


def load(name: str, home: str) -> Any:
    """Return a module of this package, loaded without the package around it."""
    path = os.path.join(home, *name.split(".")) + ".py"
    spec: Any = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Conductor:
    """The other end of the two pipes: hears what happens and says when to go on."""

    def __init__(self, events: int, replies: int) -> None:
        self._events = _moved_up(events)
        self._replies = _moved_up(replies)
        self._pid = _getpid()
        self._told = 0
        self._heard = b""
        self._name = str(self._pid)

    def belongs_to_this_process(self, name: int) -> None:
        """Let this process, a copy, speak from now on; `name` is for it alone."""
        self._pid = _getpid()
        self._name = str(name)
        self._heard = b""

    def tell(self, event: str, **facts: Any) -> dict[str, Any]:
        """Tell what happened, and return the reply."""
        if _getpid() != self._pid:
            sys.exit()  # A child that the function's own code forked has come back here.
        self._told += 1
        number = f"{self._name}.{self._told}"
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # The function may have closed it.
                stream.flush()
        # A copy that was killed may have left half a line.
        line = "\n" + json.dumps({"number": number, "event": event, **facts}) + "\n"
        data = line.encode()
        while data:
            data = data[os.write(self._events, data) :]
        while True:
            reply: dict[str, Any] = json.loads(self._line())
            if reply["number"] == number:  # Others are for copies that do not live any more.
                return reply

    def _line(self) -> bytes:
        while b"\n" not in self._heard:
            data = os.read(self._replies, _CHUNK)
            if not data:
                sys.exit()  # The conductor is gone.
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        return line


def wait_frozen(pid: int) -> int:
    """Wait for a child and return its status; let no other thread run meanwhile."""
    import ctypes

    # None of the function's signals, timers among them, shall interrupt the wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    status = ctypes.c_int()
    # Functions called by way of PyDLL keep the interpreter's lock. -1 where the function lets
    # the system forget its children: then nothing is known.
    ctypes.PyDLL(None).waitpid(pid, ctypes.byref(status), 0)
    return status.value


def _moved_up(descriptor: int) -> int:
    import fcntl

    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _LOW_DESCRIPTORS)
    os.close(descriptor)
    return moved


class Function:
    """A function's life."""

    def __init__(
        self,
        home: str,
        handler: str,
        limits: tuple[float, float],
        patterns: list[str],
        wanted: list[str],
        conductor: Conductor,
        *,
        is_copied_from_outside: bool,
    ) -> None:
        self._handler_name = handler
        self._patterns = patterns
        self._limit, self._invocation_limit = limits
        self._wanted = wanted
        self._conductor = conductor
        parts = {part: load(f"snapshot_restore_py.{part}", home) for part in _PARTS}
        self._start = parts["_lambda"]
        self._values = parts["_rehearsal.inside.values"]
        self._own_in = parts["_rehearsal.inside.ownership"].OwnModules
        self._observation = parts["_rehearsal.inside.observation"]
        self._reads_in = parts["_rehearsal.inside.reads"].Reads
        self._ends_in = parts["_rehearsal.inside.expiring"].Ends
        self._results = parts["_rehearsal.inside.results"]
        self._connections = parts["_rehearsal.inside.connections"]
        self._executors = parts["_rehearsal.inside.executors"]
        self._imports_in = parts["_rehearsal.inside.imports"].Imports
        self._troubles_in = parts["_rehearsal.inside.troubles"].Troubles
        self._opened_in = parts["_rehearsal.inside.opened"].Opened
        self._failures = parts["_rehearsal.inside.failures"]
        self._refuse_aws = parts["_rehearsal.inside.no_aws"].refuse
        self._fetches_in = parts["_rehearsal.inside.fetches"].Fetches
        self._bindings_of = parts["_rehearsal.inside.fetches"].Bindings
        self._processes = parts["_rehearsal.inside.processes"]
        self._profiler_of = parts["_rehearsal.inside.profiler"].Profiler
        self._draws_in = parts["_rehearsal.inside.draws"].Draws
        self._clients_in = parts["_rehearsal.inside.clients"].Clients
        self._pending_in = parts["_rehearsal.inside.pending"].pending_modules
        self._numbers = parts["_rehearsal.inside.given"].numbers
        copier = parts["_testing.copier"].copier
        self._copier: Any = None if is_copied_from_outside else copier()

    def live(self, path: str, home: str, *, no_aws: bool) -> None:
        """Run the init and the hooks before the snapshot, and then restores as told."""
        self._start.enter(path, home, self._handler_name)
        if self._copier is None:
            faulthandler.register(_STACKS, file=_STANDARD_ERROR)
        if no_aws:
            self._refuse_aws()
        own = self._own_in(path, self._handler_module(), self._patterns)
        self._reads = self._reads_in(own.has, self._wanted)
        self._fetches = self._fetches_in(own)
        clocks = self._values.read_clocks()
        self._ends = self._ends_in(own, path, clocks["time"])
        self._conductor.tell("begin", phase="init")
        started = time.perf_counter()
        try:
            self._handler = self._start.import_handler(self._handler_name)
            self._package = self._start.import_package()
            plugins = self._package.plugins()
        except BaseException as error:
            problem = self._start.problem(error, self._handler_name)
            failure = self._failures.facts(error, self._fetches.asked)
            self._conductor.tell("refused", failure=failure, **problem)
            sys.exit(1)
        seconds = time.perf_counter() - started
        self._conductor.tell(
            "end",
            phase="init",
            seconds=seconds,
            plugins=list(map(self._start.plugin_row, plugins)),
            problems=self._start.installation_problems(),
        )
        before, after = self._package.get_before_snapshot(), self._package.get_after_restore()
        twice = {"before_snapshot": self._twice(before), "after_restore": self._twice(after)}
        self._run_phase("before_snapshot", before)
        idle = self._executors.idle() if self._copier else []
        self._children = self._processes.children()
        self._given = self._numbers() | set(self._children)
        facts = {
            "seconds": seconds,
            "copies": self._copier.way if self._copier else "virtual machine",
            "connections": [one.as_json() for one in self._connections.connections(own)],
            "threads": self._connections.threads(),
            "processes": self._processes.kept(self._children, own),
            "missing": self._missing(idle) if self._copier else [],
            "twice": twice,
        }
        if self._copier is None:
            self._hold(own, idle, clocks, facts)
            return
        # The threads of this process stand still, as after a snapshot.
        _end_as(wait_frozen(self._copier.hold(_ending(self._hold, own, idle, clocks, facts))))

    def _missing(self, idle: list[Any]) -> list[str]:
        """Return what copies of this process lack."""
        children = (f"the process {name}" for name in self._children.values())
        return [*self._executors.missing(idle), *children]

    def _hold(self, own: Any, idle: list[Any], clocks: Any, facts: dict[str, Any]) -> None:
        """Hold the snapshot: look at it, and make copies of it as told."""
        self._conductor.belongs_to_this_process(_getpid())
        self._bindings = self._bindings_of(own)
        observed = self._observation.Observation(own, given=self._given)
        self._expiring = self._find_expiring()
        order = self._conductor.tell(
            "snapshot",
            clocks=[clocks, self._values.read_clocks()],
            values={name: one.as_json() for name, one in observed.values.items()},
            generators=observed.generators,
            cut=observed.cut,
            reads=self._reads.found,
            expiring=[one.as_json() for one in self._expiring],
            fetches=self._fetches.found,
            data=self._bindings.data() if self._fetches.found else [],
            renewing=observed.renewing if self._fetches.found else [],
            files=own.files(),
            pending=self._pending_in(own),
            **facts,
        )
        self._fetches.found = []  # Those of the hooks after a restore follow.
        if self._copier is None:
            # This process goes on in each copy of all around it.
            if order.get("restore"):
                self._conductor.tell("copied", pid=_getpid())
                self._restore(own, order)
            return
        while order.get("restore"):
            pid = self._copier.copy(_ending(self._begin_copy, own, idle, order))
            order = self._conductor.tell("restored", status=self._copier.wait(pid)[1])

    def _handler_module(self) -> str:
        module: str = self._handler_name.rpartition(".")[0].replace("/", ".")
        return module

    def _twice(self, hooks: list[Any]) -> list[dict[str, Any]]:
        return [
            self._start.hook_place(hook)
            for index, hook in enumerate(hooks)
            if any(_equal(hook, other) for other in hooks[:index])
        ]

    def _run_phase(self, phase: str, hooks: list[Any]) -> None:
        """Run hooks as AWS's runtime client does; a hook that fails ends the process."""
        self._conductor.tell("begin", phase=phase)
        started = time.perf_counter()
        if phase == "before_snapshot":
            while hooks:
                self._run_hook(hooks.pop())
        else:
            for hook in hooks:
                self._run_hook(hook)
        self._conductor.tell("end", phase=phase, seconds=time.perf_counter() - started)

    @contextlib.contextmanager
    def _watched(self, limit: float) -> Iterator[None]:
        """Write the stacks of all threads just before this copy is killed at its limit."""
        if self._copier is None:  # Who watches from outside asks for them.
            yield
            return
        with contextlib.suppress(Exception):  # The function may have closed the stream.
            seconds = max(limit - _AHEAD, limit / 2)
            faulthandler.dump_traceback_later(seconds, file=_STANDARD_ERROR)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _run_hook(self, hook: Any) -> None:
        func, args, kwargs = hook
        self._conductor.tell("hook", **self._start.hook_place(hook))
        troubles = self._troubles_in()
        started = time.perf_counter()
        troubles.listen()
        try:
            troubles.returned(func(*args, **kwargs))
        except BaseException as error:
            seconds = time.perf_counter() - started
            told = self._conductor.tell("hook failed", seconds=seconds, **self._failure(error))
            if told.get("is_expected"):
                return
            sys.exit(1)
        finally:
            troubles.stop()
        seconds = time.perf_counter() - started
        self._conductor.tell(
            "hook done", seconds=seconds, dropped=troubles.dropped, died=troubles.died
        )

    def _failure(self, error: BaseException) -> dict[str, Any]:
        places = error.__traceback__
        while places and places.tb_frame.f_code.co_filename == __file__:
            places = places.tb_next
        lines = traceback.format_exception(type(error), error, places)
        return {
            "error": self._start.in_one_line(error),
            "traceback": "".join(lines),
            "failure": self._failures.facts(error, self._fetches.asked),
        }

    def _begin_copy(self, own: Any, idle: list[Any], order: dict[str, Any]) -> None:
        os.setpgid(0, 0)
        self._conductor.belongs_to_this_process(self._copier.pid)
        self._executors.start_anew(idle)
        self._processes.let_seem_alive(self._children)
        self._conductor.tell("copied", pid=self._copier.pid)
        self._restore(own, order)

    def _restore(self, own: Any, order: dict[str, Any]) -> None:
        with self._watched(self._limit):
            self._run_phase("after_restore", self._package.get_after_restore())
        self._fetches.is_active = False
        observed = self._observation.Observation(own, order["values"])
        self._conductor.tell(
            "observed",
            values={
                name: observed.values[name].as_json()
                for name in order["values"]
                if name in observed.values
            },
            generators=observed.generators,
            cut=observed.cut,
            expiring=[one.as_json() for one in self._expiring and self._find_expiring()],
            fetches=self._fetches.found,
            rebound=self._bindings.rebound(),
            held=observed.held(order["old"]),
        )
        if order["profiled"] is None:
            self._invoke(own, observed, order)
        else:
            self._invoke_profiled(own, observed.generators_at(order["profiled"]), order)

    def _renewed(self, own: Any, before: Any, paths: list[str]) -> list[str]:
        """Return those of the paths whose values are others than before."""
        after = self._observation.Observation(own, paths).values if paths else {}
        return [
            path
            for path in paths
            if path in before.values
            and (path not in after or after[path].digest != before.values[path].digest)
        ]

    def _find_expiring(self) -> list[Any]:
        found: list[Any] = self._ends.find(variable for variable, _, _ in self._reads.found)
        return found

    def _invoke(self, own: Any, observed: Any, order: dict[str, Any]) -> None:
        registered = [id(hook) for hook in self._hooks()]
        context = self._begin_invocation(order["request_id"])
        self._conductor.tell("begin", phase="invoke")
        outcome: dict[str, Any] = {}
        imports, opened = self._imports_in(own), self._opened_in()
        again = json.loads(json.dumps(order["event"]))  # The handler may change what it gets.
        self._fetches.found, self._fetches.is_active = [], True
        self._fetches.asked.clear()
        caught = self._failures.Caught(own.files().values() if order["watch"] else ())
        imports.listen()
        opened.listen()
        started = time.perf_counter()
        try:
            try:
                with self._watched(self._invocation_limit), caught:
                    result = self._handler(order["event"], context)
            finally:
                self._fetches.is_active = False
                opened.stop()
                imports.stop()
            # What the runtime client cannot send is an error of the invocation.
            outcome["result"] = json.loads(json.dumps(result, default=_as_json))
        except BaseException as error:
            outcome.update(self._failure(error))
        seconds = time.perf_counter() - started
        late = [hook for hook in self._hooks() if id(hook) not in registered]
        told = self._conductor.tell(
            "end",
            phase="invoke",
            seconds=seconds,
            late=[self._start.hook_place(hook) for hook in late],
            generators=observed.states(),
            renewed=self._renewed(own, observed, order["again"]),
            reads=self._reads.found,
            imports=imports.found,
            opened=opened.found,
            servers=list(dict.fromkeys(server for server, _ in self._fetches.found)),
            caught=caught.found(self._fetches.asked),
            **outcome,
        )
        if "result" in outcome and order["compare"]:
            seen = self._results.Parts(
                observed.plain,
                self._given | self._numbers(),
                [text for one in self._expiring for text in one.texts] + observed.ignored,
            )
            seen.add(outcome["result"], "result")
            seen.add_lines(told["written"])
            self._conductor.tell(
                "compared",
                parts={path: one.as_json() for path, one in seen.values.items()},
                places=seen.places(order["seek"]),
                explained=sorted(seen.explained),
                is_cut=seen.is_cut,
            )

        if "result" in outcome and order["second_id"]:
            self._invoke_again(again, order["second_id"])

    def _begin_invocation(self, request_id: str) -> Any:
        """Return a context, with a trace of its own in the environment as in Lambda."""
        digits = request_id.replace("-", "")
        root = f"1-{int(time.time()):08x}-{digits[:24]}"
        os.environ["_X_AMZN_TRACE_ID"] = f"Root={root};Parent={digits[16:]};Sampled=0"
        return self._start.Context(request_id, self._invocation_limit)

    def _invoke_again(self, event: Any, request_id: str) -> None:
        """Invoke the handler once more, only to see how long that takes."""
        context = self._begin_invocation(request_id)
        self._conductor.tell("begin", phase="second call")
        failure = {}
        started = time.perf_counter()
        try:
            self._handler(event, context)
        except BaseException as error:
            failure = self._failure(error)
        seconds = time.perf_counter() - started
        self._conductor.tell("end", phase="second call", seconds=seconds, **failure)

    def _invoke_profiled(self, own: Any, generators: dict[str, Any], order: dict[str, Any]) -> None:
        """Invoke the handler only to see who draws from generators, and which clients it makes."""
        context = self._begin_invocation(order["request_id"])
        self._conductor.tell("begin", phase="invoke")
        draws, clients = self._draws_in(own, generators), self._clients_in(own)
        profiler = self._profiler_of(
            own, generators.values(), is_all_wanted=draws.is_told_too_little
        )

        def note(frame: Any, event: str, argument: Any) -> None:
            draws.hear(profiler, frame, event, argument)
            clients.hear(profiler, frame, event, argument)

        profiler.listen(note)
        with contextlib.suppress(BaseException):  # Other copies tell of failures.
            self._handler(order["event"], context)
        profiler.stop()
        self._conductor.tell("profiled", draws=draws.as_json(), clients=clients.as_json())

    def _hooks(self) -> list[Any]:
        return [*self._package.get_before_snapshot(), *self._package.get_after_restore()]


def _ending(work: Callable[..., object], *arguments: Any) -> Callable[[], None]:
    """Return what does `work`, and tells why if that does not come to its end."""

    def do() -> None:
        try:
            work(*arguments)
        except Exception:
            traceback.print_exc()
        except SystemExit:
            pass
        # At once: what the function has left for the end of the interpreter does not run in
        # Lambda either.
        os._exit(1)

    return do


def _end_as(status: int) -> None:
    """End this process as another one has ended."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError):  # as for SIGKILL
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(_getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(tuple(one) == tuple(other))
    except BaseException:  # Arguments such as arrays have no such answer, others a hostile one.
        return False


def _as_json(value: Any) -> Any:
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def main(
    path: str,
    home: str,
    handler: str,
    limit: str,
    events: str,
    replies: str,
    no_aws: str,
    outside: str,
    invocation_limit: str,
    wanted: str,
    *patterns: str,
) -> None:
    """Run the function."""
    conductor = Conductor(int(events), int(replies))
    limits = float(limit), float(invocation_limit)
    function = Function(
        home,
        handler,
        limits,
        list(patterns),
        wanted.split(","),
        conductor,
        is_copied_from_outside=bool(outside),
    )
    function.live(path, home, no_aws=bool(no_aws))


if __name__ == "__main__":
    _ending(main, *sys.argv[1:])()
