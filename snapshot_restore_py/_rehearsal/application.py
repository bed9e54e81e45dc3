"""The command `snapshot-restore rehearse --template`: the functions of an application."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._application.function import TemplateError
from snapshot_restore_py._application.selection import selected
from snapshot_restore_py._application.templates import read

from .driving.call import Call
from .several.dependencies import missing
from .several.orders import (
    NoCodeError,
    Order,
    other_versions,
    placed,
    placeholders,
    variables,
)
from .several.side_by_side import Listener, side_by_side
from .targets import WrongCallError, ready, targets, write
from .telling.notice import aws_line
from .telling.printable import output_lines, printable
from .telling.report import Failure, Report, Several, each
from .telling.verdict import verdict

if TYPE_CHECKING:
    import argparse
    from contextlib import AbstractContextManager
    from typing import Callable

    from snapshot_restore_py._application.function import Function

    from .several.side_by_side import Outcome
    from .telling.report import AnyReport, Run

_WIDTH = 80  # columns


@dataclass(frozen=True)
class Given:
    """What the command makes of its options for one function, as without a template.

    Attributes:
        env: The variables that are given.
        event: Reads an event.
        run: Returns when and on what a rehearsal is made, from the function's folder, its event
            and its name.
        judged: Returns a report, of a function in a folder, without what is not wanted in it.
        progress: Shows what is done now, as long as it is entered.
    """

    env: dict[str, str]
    event: Callable[[str | None], Any]
    run: Callable[[Path, Any, str], Run]
    judged: Callable[[Report | Failure, str], Report | Failure]
    progress: Callable[[str], AbstractContextManager[Callable[[str], None]]]


def run(options: argparse.Namespace, given: Given) -> int:
    """Rehearse the functions, print the report, and return the worst exit status.

    Raises:
        WrongCallError: The call is wrong, or the template cannot be read.
    """
    _check(options)
    files = targets(options.output, options.html)
    reporting = ready(options.format)
    functions = _functions(options)
    if not functions:
        _say(f"there is nothing to rehearse in the share {options.shard}")
        return 0
    with tempfile.TemporaryDirectory(prefix="snapshot-restore-") as folder:
        orders = _orders(functions, options, given, Path(folder))
        _announce(orders, options, {**os.environ, **given.env})
        with given.progress(options.format) as step:
            watcher = _Watcher(len(orders), step)
            listener = Listener(watcher.step, _show_output, watcher.done)
            outcomes = side_by_side(
                orders,
                options.jobs,
                listener,
                lambda order, report: given.judged(_told_apart(report), order.call.path),
            )
    reports = tuple(one.report for one in outcomes)
    report = reports[0] if len(reports) == 1 else Several(reports)
    if options.traceback:
        _show_tracebacks(report)
    reporting.write(report, sys.stdout)
    for target in files:
        write(report, target)
    return max(one.status for one in outcomes)


def _check(options: argparse.Namespace) -> None:
    for name, why in {
        "path": "the template says where the code is",
        "patch": "it is for one handler, rehearsed alone",
    }.items():
        if getattr(options, name) not in (None, Path()):
            raise WrongCallError(f"--{name} does not go with --template: {why}")
    if options.jobs < 1:
        raise WrongCallError("--jobs has to be 1 or more")
    if options.events and not options.events.is_dir():
        raise WrongCallError(f"--events {options.events}: that is no folder")


def _functions(options: argparse.Namespace) -> tuple[Function, ...]:
    """Return what is to be rehearsed, and say what is not, and why."""
    try:
        application = read(options.template, _parameters(options.parameter))
        chosen = selected(
            application.functions, options.handler, every=options.all, shard=options.shard
        )
    except TemplateError as error:
        raise WrongCallError(str(error)) from None
    for note in (*application.notes, *chosen.notes, *other_versions(chosen.functions)):
        _say(note)
    return chosen.functions


def _parameters(given: list[str]) -> dict[str, str]:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    found = {"AWS::Region": region} if region else {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise WrongCallError(f"--parameter {name}: a parameter is written NAME=VALUE")
        found[name] = value
    return found


def _orders(
    functions: tuple[Function, ...], options: argparse.Namespace, given: Given, folder: Path
) -> list[Order]:
    everyone = given.event(options.event)
    orders = []
    for number, function in enumerate(functions):
        event = given.event(file) if (file := _event_file(function, options.events)) else everyone
        own = folder / str(number)
        own.mkdir()
        orders.append(_order(function, event, options, given, own))
    return orders


def _order(
    function: Function, event: Any, options: argparse.Namespace, given: Given, folder: Path
) -> Order:
    call = Call(
        handler=function.handler,
        path="",
        event=event,
        restores=options.restores,
        limit=options.timeout,
        second_call=not options.no_second_call,
        own=options.own,
        expected=options.expect_failure,
        no_aws=options.no_aws,
        timeout=function.timeout,
        placeholders=placeholders(function, given.env),
    )
    try:
        place = placed(function, folder)
    except NoCodeError as error:
        return Order(function.name, call, given.run(Path(), event, function.name), str(error))
    for one in function.missing_layers:
        _say(f"{function.name} lacks {one}: it is not on this machine")
    if lacking := missing(function, place):
        _say(lacking)
    call = replace(call, path=str(place.folder), env=variables(function, place, given.env))
    return Order(function.name, call, given.run(place.told, event, function.name))


def _event_file(function: Function, folder: Path | None) -> str | None:
    """Return the file of a function's own event; None if there is none."""
    if folder is None:
        return None
    files = (folder / f"{name}.json" for name in (function.name, *function.aliases))
    return next((str(file) for file in files if file.is_file()), None)


def _announce(orders: list[Order], options: argparse.Namespace, environment: Any) -> None:
    """Say what is going to happen before it does."""
    call = orders[0].call
    names = ", ".join(one.name for one in orders)
    each = " each" if len(orders) > 1 else ""
    lines = [
        f"snapshot-restore: {names} really {'run' if each else 'runs'}: 2 inits and "
        f"{call.invocations} invocations or more{each}",
        aws_line(environment, no_aws=options.no_aws),
    ]
    for line in lines:
        shown = textwrap.fill(
            printable(line), _WIDTH, subsequent_indent="  ", break_on_hyphens=False
        )
        print(shown, file=sys.stderr, flush=True)


class _Watcher:
    """Shows how far the rehearsals are."""

    def __init__(self, count: int, show: Callable[[str], None]) -> None:
        self._count = count
        self._done = 0
        self._now: dict[str, str] = {}
        self._show = show

    def step(self, name: str, text: str) -> None:
        """Show what a function does now."""
        self._now[name] = text
        running = "; ".join(f"{one}: {now}" for one, now in self._now.items())
        self._show(f"{self._done} of {self._count} done; {running}")

    def done(self, name: str, outcome: Outcome) -> None:
        """Say what came of a function."""
        self._done += 1
        self._now.pop(name, None)
        if self._count > 1:
            _say(f"{self._done} of {self._count}: {verdict(outcome.report)}")


def _show_tracebacks(report: AnyReport) -> None:
    for one in each(report):
        if isinstance(one, Failure):
            _show_output(one.name, "init", one.traceback)


def _told_apart(report: Report | Failure) -> Report | Failure:
    """Return a report whose findings are not taken for those of a function with alike code."""
    if isinstance(report, Failure):
        return report
    findings = (
        replace(
            one,
            id=hashlib.sha256(f"{report.run.function}\0{one.id}".encode()).hexdigest()[
                : len(one.id)
            ],
        )
        for one in report.findings
    )
    return replace(report, findings=tuple(findings))


def _show_output(name: str, origin: str, text: str) -> None:
    for line in output_lines(f"{name}, {origin}", text):
        print(line, file=sys.stderr, flush=True)


def _say(text: str) -> None:
    print(f"snapshot-restore: {printable(text)}", file=sys.stderr, flush=True)
