"""The command `snapshot-restore rehearse`: from its arguments to its report."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .advice.patch import patch
from .findings import codes, reason, way_in
from .reports import reporter
from .telling.masking import masked, masked_text
from .telling.plain_json import dumps
from .telling.printable import output_lines, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Callable

    from .driving.life import CannotStartError
    from .reports import Reporter
    from .telling.report import Report


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
    from .telling.notice import notice

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
        expected=options.expect_failure,
        no_aws=options.no_aws,
    )
    print(notice(call, {**os.environ, **env}), file=sys.stderr, flush=True)
    try:
        with _progress(options.format) as step:
            report = rehearse(call, Listener(step, _show_output))
    except CannotStartError as problem:
        if problem.is_call_wrong:
            raise CannotRehearseError(str(problem)) from None
        _tell_failure(problem, options)
        return 3
    report = _without(report, options.ignore)
    if not options.show_values:
        report = masked(report)
    reporting.write(report, sys.stdout)
    if options.html:
        _write_page(report, options.html)
    if options.patch:
        _write_patch(report, path, options.patch)
    return int(not report.ok)


def _tell_failure(problem: CannotStartError, options: argparse.Namespace) -> None:
    """Say why the init failed, also as JSON where that is asked for."""
    error, traceback = str(problem), problem.traceback
    if problem.failure and problem.failure.reach:
        error += f". {reason(problem.failure).capitalize()}. {way_in(problem.failure)}"
    if not options.show_values:
        error, traceback = masked_text(error), masked_text(traceback)
    if options.format == "json":
        failure = {
            "handler": options.handler,
            "python": platform.python_version(),
            "error": error,
            "traceback": traceback,
            "ok": False,
        }
        print(dumps(failure))
    if options.traceback and traceback:
        for line in output_lines("init", traceback):
            print(line, file=sys.stderr)
    print(f"snapshot-restore: {printable(error)}", file=sys.stderr)


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

    from .telling.progress import progress

    # The function's output, which may look like markup, is shown above.
    with progress(Console(stderr=True, markup=False, emoji=False, highlight=False)) as step:
        yield step


def _write_page(report: Report, file: Path) -> None:
    """Write the page in one step: nobody sees half of it, or reads what is for its owner."""
    try:
        # It has the mode 0600.
        descriptor, part = tempfile.mkstemp(".part", f".{file.name}.", file.absolute().parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as stream:
                reporter("html").write(report, stream)
            os.replace(part, file)
        except BaseException:
            os.unlink(part)
            raise
    except OSError as error:
        raise CannotRehearseError(f"cannot write the page: {error}") from None


def _write_patch(report: Report, folder: str, file: Path) -> None:
    """Write the patch with all code of the report, and say what it is of, and how to apply it."""
    made = patch((one for finding in report.findings for one in finding.fix.additions), folder)
    try:
        file.write_bytes(made.text)
    except OSError as error:
        raise CannotRehearseError(f"cannot write the patch: {error}") from None
    if made.files:
        said = f"{file} changes {', '.join(made.files)}. In {folder}: git apply {file.resolve()}"
    else:
        said = f"{file} is empty: no finding has code to add"
    for line in output_lines("patch", said):
        print(line, file=sys.stderr)
    for one in made.outside:
        line = f"{one} is not in it: it does not lie in {folder}"
        print(*output_lines("patch", line), file=sys.stderr)


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
    for what, file in (("page", options.html), ("patch", options.patch)):
        if file and not os.access(file.absolute().parent, os.W_OK | os.X_OK):
            raise CannotRehearseError(
                f"cannot write the {what}: {file.absolute().parent} is no folder to write into"
            )
    for name in options.expect_failure:
        if not all(part.isidentifier() for part in name.split(".")):
            raise CannotRehearseError(
                f"--expect-failure {name!r}: that is no name of an exception's class, as "
                "NoCredentialsError"
            )


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


def _without(report: Report, codes: list[str]) -> Report:
    kept = tuple(finding for finding in report.findings if finding.code not in codes)
    return replace(report, findings=kept)
