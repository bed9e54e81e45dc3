"""The command `snapshot-restore rehearse --template`: the functions of an application."""

from __future__ import annotations

import hashlib
import math
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from snapshot_restore_py._application.function import TemplateError
from snapshot_restore_py._application.selection import selected
from snapshot_restore_py._application.templates import read
from snapshot_restore_py._machine.options import Options

from .driving.call import Call
from .events import Events
from .ignoring import settled
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
from .several.times import earlier_times, known_times
from .targets import WrongCallError, ready, targets, write
from .telling.notice import announced, aws_line
from .telling.printable import output_lines, printable
from .telling.report import Failure, Report, Several, each
from .telling.verdict import verdict
from .telling.watching import Watch

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Callable

    from snapshot_restore_py._application.function import Function

    from .events import Event
    from .several.side_by_side import Outcome
    from .telling.report import AnyReport, Run


@dataclass(frozen=True)
class Given:
    """What the command makes of the options of one function, as without a template.

    Attributes:
        check: Raises WrongCallError if an option is not right.
        variables: Returns the variables that they give.
        run: Returns when and on what a rehearsal is made, from the options, the folder from which
            files are told, the event and the function's name.
        judged: Returns a report as it is to be told, from the options and the function's folder.
        progress: Shows what is done now, as long as it is entered, as the options want it.
        step: Tells in a line what a function begins.
    """

    check: Callable[[argparse.Namespace], None]
    variables: Callable[[argparse.Namespace], dict[str, str]]
    run: Callable[[argparse.Namespace, Path, Event, str], Run]
    judged: Callable[[argparse.Namespace, str, Report | Failure], Report | Failure]
    progress: Callable[[argparse.Namespace, Watch], AbstractContextManager[None]]
    step: Callable[[Watch, str, str], None]


def run(options: argparse.Namespace, given: Given) -> int:
    """Rehearse the functions, print the report, and return the worst exit status.

    Raises:
        WrongCallError: The call is wrong, or the template cannot be read.
    """
    _check(options)
    targets(options.output, options.html)
    ready(options.format)
    functions = _functions(options, known_times(options.times))
    if not functions:
        _teller(options)(f"there is nothing to rehearse in the share {options.shard}")
        return 0
    with tempfile.TemporaryDirectory(prefix="snapshot-restore-") as folder:
        return _carried_out(_orders(functions, options, given, Path(folder)), options, given)


def run_handler(options: argparse.Namespace, given: Given, runs: Iterable[tuple[Call, Run]]) -> int:
    """Rehearse one handler with several events, print the report, return the worst exit status.

    Raises:
        WrongCallError: The call is wrong.
    """
    _check_jobs(options)
    if options.patch:
        raise WrongCallError("--patch does not go with several events: it is for one rehearsal")
    orders = [Order(run.named(call.handler), call, run) for call, run in runs]
    return _carried_out([(order, options) for order in orders], options, given)


def _carried_out(
    pairs: Sequence[tuple[Order, argparse.Namespace]], options: argparse.Namespace, given: Given
) -> int:
    """Carry out rehearsals with the options of each, print the report, return the exit status."""
    files = targets(options.output, options.html)
    reporting = ready(options.format)
    orders, own = [order for order, _ in pairs], {one.name: mine for one, mine in pairs}
    say = _teller(options)
    if not options.quiet:
        _announce(orders, options)
    before = {**earlier_times(files), **known_times(options.times)}
    watch = Watch(len(orders), before)

    def done(name: str, outcome: Outcome) -> None:
        watch.done(name)
        if watch.count > 1:
            say(f"{watch.finished} of {watch.count}: {verdict(outcome.report)}")

    def step(name: str, text: str) -> None:
        watch.step(name, text)
        if options.verbose:
            given.step(watch, name, text)

    begun = _longest_first(orders, before)
    with given.progress(options, watch):
        output = (lambda *_: None) if options.quiet else _show_output
        listener = Listener(step, output, done)
        outcomes = side_by_side(
            [orders[number] for number in begun],
            options.jobs,
            listener,
            lambda order, report: given.judged(
                own[order.name], order.call.path, _told_apart(report)
            ),
        )
    # They are told as they stand in the template.
    outcomes = [one for _, one in sorted(zip(begun, outcomes), key=lambda pair: pair[0])]
    reports = settled([one.report for one in outcomes])
    report = reports[0] if len(reports) == 1 else Several(tuple(reports))
    if options.traceback or options.verbose:
        _show_tracebacks(report)
    reporting.write(report, sys.stdout)
    for target in files:
        write(report, target)
    return max(one.status for one in outcomes)


def _check_jobs(options: argparse.Namespace) -> None:
    if options.jobs < 1:
        raise WrongCallError("--jobs has to be 1 or more")


def _check(options: argparse.Namespace) -> None:
    _check_jobs(options)
    for name, why in {
        "path": "the template says where the code is",
        "patch": "it is for one handler, rehearsed alone",
    }.items():
        if getattr(options, name) not in (None, Path()):
            raise WrongCallError(f"--{name} does not go with --template: {why}")
    if options.events and not options.events.is_dir():
        raise WrongCallError(f"--events {options.events}: that is no folder")


def _functions(options: argparse.Namespace, times: Mapping[str, float]) -> tuple[Function, ...]:
    """Return what is to be rehearsed, and say what is not, and why."""
    try:
        application = read(options.template, _parameters(options.parameter))
        chosen = selected(
            application.functions,
            options.handler,
            every=options.all,
            shard=options.shard,
            times=times,
        )
    except TemplateError as error:
        raise WrongCallError(str(error)) from None
    say = _teller(options)
    for note in (*application.notes, *chosen.notes, *other_versions(chosen.functions)):
        say(note)
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
) -> list[tuple[Order, argparse.Namespace]]:
    """Return what is to be done for each function, and the options that hold for it."""
    events = Events()
    orders: list[tuple[Order, argparse.Namespace]] = []
    for number, function in enumerate(functions):
        own = options.of([function.name, *function.aliases])
        given.check(own)
        file = _event_file(function, options.events)
        place = folder / str(number)
        place.mkdir()
        found = events.of([file] if file else own.event)
        orders += [(one, own) for one in _orders_of(function, found, own, given, place)]
    return orders


def _orders_of(
    function: Function,
    events: Sequence[Event],
    options: argparse.Namespace,
    given: Given,
    folder: Path,
) -> list[Order]:
    """Return the rehearsals of one function: one with each event."""
    env, say = given.variables(options), _teller(options)
    call = Call(
        handler=function.handler,
        path="",
        event=None,
        restores=options.restores,
        limit=options.timeout,
        second_call=not options.no_second_call,
        own=options.own,
        expected=options.expect_failure,
        no_aws=options.no_aws,
        engine=options.engine,
        machine=Options.of(options),
        timeout=function.timeout,
        placeholders=placeholders(function, env),
    )
    try:
        place = placed(function, folder)
    except NoCodeError as error:
        run = given.run(options, Path(), events[0], function.name)
        return [Order(function.name, call, replace(run, event_name=None), str(error))]
    for one in function.missing_layers:
        say(f"{function.name} lacks {one}: it is not on this machine")
    if lacking := missing(function, place):
        say(lacking)
    call = replace(call, path=str(place.folder), env=variables(function, place, env))
    runs = [given.run(options, place.told, event, function.name) for event in events]
    return [Order(run.named(function.name), replace(call, event=run.event), run) for run in runs]


def _event_file(function: Function, folder: Path | None) -> str | None:
    """Return the file of a function's own event; None if there is none."""
    if folder is None:
        return None
    files = (folder / f"{name}.json" for name in (function.name, *function.aliases))
    return next((str(file) for file in files if file.is_file()), None)


def _announce(orders: Sequence[Order], options: argparse.Namespace) -> None:
    """Say what is going to happen before it does."""
    call = orders[0].call
    environment = {**os.environ, **call.env}
    aws = aws_line(environment, no_aws=options.no_aws)
    said = announced([one.name for one in orders], call.invocations, aws)
    print(said, file=sys.stderr, flush=True)


def _longest_first(orders: Sequence[Order], times: Mapping[str, float]) -> list[int]:
    """Return the places of orders, so that none that takes long begins last.

    Those whose time is not known come first: they may take long.
    """
    lasts = [times.get(one.name, math.inf) for one in orders]
    return sorted(range(len(orders)), key=lambda at: -lasts[at])


def _show_tracebacks(report: AnyReport) -> None:
    for one in each(report):
        if isinstance(one, Failure) and one.traceback:
            _show_output(one.name, "init", one.traceback)


def _told_apart(report: Report | Failure) -> Report | Failure:
    """Return a report whose findings are not taken for those of a function with alike code."""
    if isinstance(report, Failure) or not report.run.function:
        return report
    findings = (
        replace(
            one,
            id=hashlib.sha256(
                f"{report.run.function}\0{one.id}".encode(errors="backslashreplace")
            ).hexdigest()[: len(one.id)],
        )
        for one in report.findings
    )
    return replace(report, findings=tuple(findings))


def _show_output(name: str, origin: str, text: str) -> None:
    for line in output_lines(f"{name}, {origin}", text):
        print(line, file=sys.stderr, flush=True)


def _teller(options: argparse.Namespace) -> Callable[[str], None]:
    """Return what tells a person something, unless nothing is to be told."""
    return (lambda _: None) if options.quiet else _say


def _say(text: str) -> None:
    print(f"snapshot-restore: {printable(text)}", file=sys.stderr, flush=True)
