"""Runs rehearsals side by side, some at a time, and hears what they tell."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.driving.engine import described
from snapshot_restore_py._rehearsal.telling.reading import read
from snapshot_restore_py._rehearsal.telling.report import Failure
from snapshot_restore_py._supervision import Started, no_process_left

from .orders import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Callable

    from snapshot_restore_py._rehearsal.telling.report import Report

    from .orders import Order

_SCRIPT = Path(__file__).with_name("worker.py")
_TICK = 0.02  # seconds between looks at the processes
_TAKING = 60.0  # seconds in which a process has to take its order
_GRACE = 5.0  # seconds that a process may take to end after it has told its report
_BROKEN = 4  # the exit status of a rehearsal that itself failed
_TAIL = 2000  # characters of what a process said before it ended


@dataclass(frozen=True)
class Outcome:
    """What came of one rehearsal.

    Attributes:
        report: What is told of it.
        status: The exit status that it makes; 4 if the rehearsal itself failed.
    """

    report: Report | Failure
    status: int


@dataclass
class Listener:
    """Hears what goes on while it does; each is called with the function's name first.

    Attributes:
        step: Called with what is done now.
        output: Called with where output comes from, and with the output.
        done: Called with what came of it.
    """

    step: Callable[[str, str], object] = field(default=lambda *_: None)
    output: Callable[[str, str, str], object] = field(default=lambda *_: None)
    done: Callable[[str, Outcome], object] = field(default=lambda *_: None)


def side_by_side(
    orders: Sequence[Order],
    jobs: int,
    listener: Listener,
    judged: Callable[[Order, Report | Failure], Report | Failure],
) -> list[Outcome]:
    """Carry out rehearsals, and return what came of each, in their order.

    One that cannot begin, or whose process dies, leaves the others alone.

    Args:
        orders: What to rehearse; they are begun in this order.
        jobs: How many at a time.
        listener: Hears what goes on.
        judged: Returns a report as it is to be told.
    """
    found: dict[int, Outcome] = {}
    waiting = list(enumerate(orders))[::-1]
    running: dict[int, _Rehearsal] = {}
    with no_process_left():
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    number, order = waiting.pop()
                    if order.problem:
                        failure = _failure(order, order.problem, "it has no code")
                        found[number] = _outcome(judged(order, failure))
                        listener.done(order.name, found[number])
                    else:
                        running[number] = _Rehearsal(order, listener)
                for number, one in list(running.items()):
                    report = one.heard(_TICK / len(running))
                    if report:
                        found[number] = _outcome(judged(one.order, report), is_whole=one.is_whole)
                        running.pop(number).end(_GRACE)
                        listener.done(one.order.name, found[number])
        finally:
            for one in running.values():
                one.end()
    return [found[number] for number in range(len(orders))]


class _Rehearsal:
    """One rehearsal, which runs.

    Attributes:
        order: What is rehearsed.
        is_whole: Whether its process has not died before it told a report.
    """

    def __init__(self, order: Order, listener: Listener) -> None:
        self.order = order
        self.is_whole = True
        self._listener = listener
        self._said = ""
        self._process = Started(_SCRIPT, ((), ()), self._hear)
        data = json.dumps(as_json(order)).encode() + b"\n"
        self._process.send(data, _TAKING)

    def heard(self, seconds: float) -> Report | Failure | None:
        """Hear what is told within some moments, and return what came of it if that is known."""
        self._process.pause(seconds)
        for told in self._lines():
            if "step" in told:
                self._listener.step(self.order.name, told["step"])
            elif "output" in told:
                self._listener.output(self.order.name, *told["output"])
            else:
                return _reported(told)
        status = self._process.status()
        if status is None or self._process.read():
            return None
        self._process.read_output()
        said = self._said[-_TAIL:].strip()
        last = said.splitlines()[-1:] or ["it said nothing"]
        error = f"the process of its rehearsal {described(status)}: {last[0]}"
        self.is_whole = False
        return _failure(self.order, error, "the rehearsal itself failed", said)

    def end(self, grace: float = 0) -> None:
        """End the process, and those of its session: at once, or if it has not ended by itself."""
        self._process.end(grace)

    def _lines(self) -> Iterator[dict[str, Any]]:
        line = self._process.line()
        while line is not None:
            yield json.loads(line)
            line = self._process.line()

    def _hear(self, written: bytes) -> None:
        self._said = (self._said + written.decode("utf-8", "replace"))[-_TAIL:]


def _reported(told: dict[str, Any]) -> Report | Failure:
    (report,) = read(told["report"])
    if isinstance(report, Failure):
        return report
    return replace(report, made_up=tuple(told["made_up"]), sources=tuple(told["sources"]))


def _outcome(report: Report | Failure, *, is_whole: bool = True) -> Outcome:
    return Outcome(report, report.status if is_whole else _BROKEN)


def _failure(order: Order, error: str, reason: str, said: str = "") -> Failure:
    version = platform.python_version()
    return Failure(order.call.handler, version, error, said, order.run, reason)
