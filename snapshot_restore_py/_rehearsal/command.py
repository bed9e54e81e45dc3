"""The command `snapshot-restore rehearse`: from its arguments to its report."""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .findings import codes
from .reports import reporter
from .reports.printable import output_lines

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType
    from typing import Callable

    from .driving.life import CannotStartError
    from .reports import Reporter
    from .reports.report import Report


class CannotRehearseError(Exception):
    """The call is wrong. The message is one line."""


def run(options: argparse.Namespace) -> int:
    """Rehearse, print the report, and return the exit status.

    That is 1 if there are errors, and 3 if the init failed.

    Raises:
        CannotRehearseError: The call is wrong.
    """
    _check(options)
    from .driving.call import Call, Listener
    from .driving.life import CannotStartError
    from .rehearsal import rehearse

    reporting = _reporter(options.format)
    event = _event(options.event)
    path = str(options.path.resolve())
    env = _variables(options.env_file, options.env)
    call = Call(
        handler=options.handler,
        path=path,
        event=event,
        restores=options.restores,
        limit=options.timeout,
        second_call=not options.no_second_call,
        env=env,
        own=options.own,
    )
    signal.signal(signal.SIGTERM, _exit)
    try:
        with _progress(options.format) as step:
            report = rehearse(call, Listener(step, _show_output))
    except CannotStartError as problem:
        if problem.is_call_wrong:
            raise CannotRehearseError(str(problem)) from None
        _tell_failure(problem, options)
        return 3
    except KeyboardInterrupt:
        print("snapshot-restore: interrupted", file=sys.stderr)
        return 130
    report = _without(report, options.ignore)
    reporting.write(report, sys.stdout)
    if options.html:
        _write_page(report, options.html)
    return int(not report.ok)


def _tell_failure(problem: CannotStartError, options: argparse.Namespace) -> None:
    """Say why the init failed, also as JSON where that is asked for."""
    if options.format == "json":
        failure = {
            "handler": options.handler,
            "python": platform.python_version(),
            "error": str(problem),
            "traceback": problem.traceback,
            "ok": False,
        }
        json.dump(failure, sys.stdout, indent=2)
        print()
    if options.traceback and problem.traceback:
        for line in output_lines("init", problem.traceback):
            print(line, file=sys.stderr)
    print(f"snapshot-restore: {problem}", file=sys.stderr)


def _reporter(form: str) -> Reporter:
    try:
        return reporter(form)
    except ImportError:
        raise CannotRehearseError(
            "a report as text needs rich: pip install 'rich>=13'. Without it there is --format json"
        ) from None


@contextmanager
def _progress(form: str) -> Iterator[Callable[[str], None]]:
    """Show a person what is done, as long as the block runs; yield what to call with it."""
    if form == "json":
        yield lambda _: None
        return
    from rich.console import Console

    from .reports.progress import progress

    # The function's output, which may look like markup, is shown above.
    with progress(Console(stderr=True, markup=False, emoji=False, highlight=False)) as step:
        yield step


def _write_page(report: Report, file: Path) -> None:
    try:
        with file.open("w", encoding="utf-8") as stream:
            reporter("html").write(report, stream)
    except OSError as error:
        raise CannotRehearseError(f"cannot write the page: {error}") from None


def _check(options: argparse.Namespace) -> None:
    if not hasattr(os, "fork"):
        raise CannotRehearseError("a rehearsal forks the function's process, which needs POSIX")
    known = [code.name for code in codes()]
    unknown = [code for code in options.ignore if code not in known]
    if unknown:
        raise CannotRehearseError(
            f"there is no finding {unknown[0]!r} to ignore. Codes: {', '.join(known)}"
        )
    if options.restores < 2:
        raise CannotRehearseError(
            "--restores has to be 2 or more: what restores share shows by comparing them"
        )
    if options.timeout <= 0:
        raise CannotRehearseError("--timeout has to be a positive number of seconds")


def _event(file: str | None) -> Any:
    if file is None:
        return {}
    try:
        if file == "-":
            return json.load(sys.stdin)
        with open(file, encoding="utf-8") as stream:
            return json.load(stream)
    except OSError as error:
        raise CannotRehearseError(f"cannot read the event: {error}") from None
    except ValueError as error:
        where = "standard input" if file == "-" else file
        raise CannotRehearseError(f"the event in {where} is not JSON: {error}") from None


def _variables(file: Path | None, given: list[str]) -> dict[str, str]:
    """Return the variables of the file and those given; of two of a name the last one counts."""
    found: dict[str, str] = {}
    for number, line in enumerate(_lines(file) if file else (), 1):
        if line and not line.startswith("#"):
            name, value = _variable(line, f"{file}, line {number}")
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[name] = value
    found.update(_variable(one, "--env") for one in given)
    return found


def _lines(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CannotRehearseError(f"cannot read the variables: {error}") from None
    except UnicodeDecodeError as error:
        raise CannotRehearseError(f"the variables in {file} are not UTF-8: {error}") from None
    return [line.strip() for line in lines]


def _variable(text: str, where: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or "\0" in text:
        # The text may hold a secret.
        raise CannotRehearseError(f"{where}: a variable is written NAME=VALUE")
    return name.strip(), value


def _show_output(origin: str, text: str) -> None:
    for line in output_lines(origin, text):
        print(line, file=sys.stderr, flush=True)


def _exit(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _without(report: Report, codes: list[str]) -> Report:
    kept = tuple(finding for finding in report.findings if finding.code not in codes)
    return replace(report, findings=kept)
