"""The command `snapshot-restore rehearse`: from its arguments to its report."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from snapshot_restore_py import __version__
from snapshot_restore_py._machine.options import Options

from .advice.patch import patch
from .events import Events
from .findings import codes
from .ignoring import comments, ignore
from .ignoring.baseline import Baseline
from .reports import reporter
from .several.times import earlier_times, known_times
from .targets import WrongCallError, check_folder, ready, targets, write
from .telling.durations import duration
from .telling.masking import masked
from .telling.nearest import nearest
from .telling.printable import output_lines, printable
from .telling.report import Failure, Report, Run
from .telling.verdict import counted
from .telling.watching import Watch

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Callable

    from .application import Given
    from .events import Event

_LEAST_MEMORY = 128  # megabytes
# The options that only virtual machines have, and what they say.
_OF_MACHINES = {
    "age": "age",
    "host-ports": "host_ports",
    "no-network": "has_network",
    "kernel": "kernel",
    "memory": "memory",
    "no-cache": "is_cached",
    "keep": "kept",
}


def run(options: argparse.Namespace) -> int:
    """Rehearse, print the report, and return the exit status.

    That is 1 if a finding is of a level that fails, and 3 if the init failed.

    Raises:
        WrongCallError: The call is wrong.
    """
    _check(options)
    if options.template:
        from .application import run as run_application

        return run_application(options, _given(options))
    handler = _handler(options.handler)
    from .driving.call import Call, Listener
    from .driving.life import CannotStartError
    from .rehearsal import failure as told_failure, rehearse
    from .telling.notice import notice

    path = str(options.path.resolve())
    _check_handler(handler, path)
    judging = _Judging(options, path, handler)
    files = targets(options.output, options.html)
    before = {**earlier_times(files), **known_times(options.times)}
    reporting = ready(options.format)
    events = Events().of(options.event)
    env = _variables(options.env_file, options.env)
    call = Call(
        handler=handler,
        path=path,
        event=events[0].value,
        restores=options.restores,
        limit=options.timeout,
        second_call=not options.no_second_call,
        env=env,
        own=options.own,
        expected=options.expect_failure,
        no_aws=options.no_aws,
        engine=options.engine,
        machine=Options.of(options),
    )
    made = _run(options, events[0])
    if len(events) > 1:
        from .application import run_handler

        runs = [(replace(call, event=one.value), _run(options, one)) for one in events]
        return run_handler(options, _given(options), runs)
    if not options.quiet:
        print(notice(call, {**os.environ, **env}), file=sys.stderr, flush=True)
    try:
        watch = Watch(before=before)
        with _progress(options, watch):

            def step(text: str) -> None:
                watch.step(handler, text)
                if options.verbose:
                    _tell_step(watch, "", text)

            listener = Listener(step, _heard(options))
            report = rehearse(call, made, listener)
    except CannotStartError as problem:
        if problem.is_call_wrong:
            raise WrongCallError(str(problem)) from None
        failure = told_failure(problem, call, made)
        failure = failure if options.show_values else masked(failure)
        for target in files:
            write(failure, target)
        _tell_failure(failure, options)
        return failure.status
    report = judging.judged(report, path, options)
    if not options.show_values:
        report = masked(report)
    reporting.write(report, sys.stdout)
    for target in files:
        write(report, target)
    if options.patch:
        _write_patch(report, path, options.patch)
    return report.status


def _given(options: argparse.Namespace) -> Given:
    """Return what several rehearsals make of the options, as one does."""
    from .application import Given

    if options.template:
        folder = options.template if options.template.is_dir() else options.template.parent
    else:
        folder = options.path
    judging = _Judging(options, str(folder))

    def made(own: argparse.Namespace, folder: Path, event: Event, function: str) -> Run:
        return replace(_run(own, event), path=_from_root(folder), function=function)

    def judged(own: argparse.Namespace, code: str, report: Report | Failure) -> Report | Failure:
        if isinstance(report, Report):
            report = judging.judged(report, code, own)
        return report if own.show_values else masked(report)

    return Given(
        check=_check,
        variables=lambda own: _variables(own.env_file, own.env),
        run=made,
        judged=judged,
        progress=_progress,
        step=_tell_step,
    )


def _handler(names: list[str]) -> str:
    """Return the one handler that is named."""
    if len(names) != 1:
        raise WrongCallError(
            "name one handler, as in app.handler; or the functions of a template, with --template"
        )
    return names[0]


def _check_handler(handler: str, path: str) -> None:
    """Raise WrongCallError if a handler is a file: that is none which is imported."""
    if os.path.isfile(os.path.join(path, handler)):
        is_script = handler.endswith(".sh")
        what = "a program, which AWS's Lambda Web Adapter starts" if is_script else "a file"
        raise WrongCallError(
            f"{handler} cannot be rehearsed: it is {what}; a handler is a function in a module, as "
            "app.handler"
        )


def _tell_failure(failure: Failure, options: argparse.Namespace) -> None:
    """Say why the init failed, also in the form that is asked for; a text is for people alone."""
    if options.format != "text":
        reporter(options.format).write(failure, sys.stdout)
    if (options.traceback or options.verbose) and failure.traceback:
        for line in output_lines("init", failure.traceback):
            print(line, file=sys.stderr)
    print(f"snapshot-restore: {printable(failure.error)}", file=sys.stderr)


def _run(options: argparse.Namespace, event: Event) -> Run:
    """Return when, with what and on what the rehearsal is made."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    return Run(
        version=__version__,
        date=now.isoformat().replace("+00:00", "Z"),
        event=event.value,
        event_name=event.name,
        path=_from_root(options.path.resolve()),
        documentation=options.documentation,
        fail_on=options.fail_on,
    )


def _from_root(folder: Path) -> str:
    """Return a folder as a repository tells it, or as it is if it lies in none."""
    here = Path.cwd().resolve()
    root = next((one for one in (here, *here.parents) if (one / ".git").exists()), here)
    inside = root == folder or root in folder.parents
    return (folder.relative_to(root) if inside else folder).as_posix()


@contextmanager
def _progress(options: argparse.Namespace, watch: Watch) -> Iterator[None]:
    """Show a person what is done, as long as the block runs."""
    if options.format != "text" or options.quiet:
        yield
        return
    from rich.console import Console

    from .telling.progress import progress

    # The function's output, which may look like markup, is shown above.
    with progress(Console(stderr=True, markup=False, emoji=False, highlight=False), watch):
        yield


def _write_patch(report: Report, folder: str, file: Path) -> None:
    """Write the patch with all code of the report, and say what it is of, and how to apply it."""
    made = patch((one for finding in report.findings for one in finding.fix.additions), folder)
    try:
        file.write_bytes(made.text)
    except OSError as error:
        raise WrongCallError(f"cannot write the patch: {error}") from None
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
        raise WrongCallError("a rehearsal forks the function's process, which needs POSIX")
    known = [code.name for code in codes()]
    unknown = [code for code in options.ignore if code not in known]
    if unknown:
        right = nearest(unknown[0], known) or "."
        raise WrongCallError(
            f"there is no finding {unknown[0]!r} to ignore{right} Codes: {', '.join(known)}"
        )
    if options.quiet and options.verbose:
        raise WrongCallError("--quiet and --verbose: which of them?")
    if options.restores < 2:
        raise WrongCallError(
            "--restores has to be 2 or more: what restores share shows by comparing them"
        )
    if options.patch:
        check_folder("the patch", options.patch)
    _check_machine(options)
    for name in options.expect_failure:
        if not all(part.isidentifier() for part in name.split(".")):
            raise WrongCallError(
                f"--expect-failure {name!r}: that is no name of an exception's class, as "
                "NoCredentialsError"
            )


def _check_machine(options: argparse.Namespace) -> None:
    """Raise WrongCallError if an option of virtual machines is not right, or has no use."""
    chosen, usual = Options.of(options), Options()
    useless = [
        name
        for name, value in _OF_MACHINES.items()
        if getattr(chosen, value) != getattr(usual, value)
    ]
    if useless and options.engine != "microvm":
        raise WrongCallError(f"--{useless[0]} needs --engine microvm")
    if options.memory is not None and options.memory < _LEAST_MEMORY:
        raise WrongCallError(f"--memory has to be {_LEAST_MEMORY} or more megabytes")


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
        raise WrongCallError(f"cannot read the variables: {error}") from None
    except UnicodeDecodeError as error:
        raise WrongCallError(f"the variables in {file} are not UTF-8: {error}") from None
    return [line.strip() for line in lines]


def _variable(text: str, where: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or "\0" in text:
        # The text may hold a secret.
        raise WrongCallError(f"{where}: a variable is written NAME=VALUE")
    return name.strip(), value


def _tell_step(watch: Watch, name: str, text: str) -> None:
    """Say what begins, and how long after the start."""
    place = f"{name}, {text}" if name else text
    print(*output_lines(place, f"after {duration(watch.passed())}"), file=sys.stderr, flush=True)


def _heard(options: argparse.Namespace) -> Callable[[str, str], object]:
    """Return what is called with the function's output."""
    return (lambda *_: None) if options.quiet else _show_output


def _show_output(origin: str, text: str) -> None:
    for line in output_lines(origin, text):
        print(line, file=sys.stderr, flush=True)


class _Judging:
    """Judges reports by what is accepted: by comments, the configuration, and the baseline.

    Args:
        options: Those of the command, which name the baseline.
        folder: The folder from which the baseline tells functions.
        name: The function that is judged first, if that is known.

    Raises:
        WrongCallError: There is to be a baseline, and it cannot be read.
    """

    def __init__(self, options: argparse.Namespace, folder: str, name: str = "") -> None:
        if options.write_baseline and not options.baseline:
            raise WrongCallError("--write-baseline needs --baseline FILE: that is what it writes")
        self._options = options
        self._folder = os.path.abspath(folder)
        self._written: set[str] = set()
        self._read_before = {name: self._baseline(name)}

    def judged(self, report: Report, code: str, own: argparse.Namespace) -> Report:
        """Return a report without what is left out, and with what is accepted apart.

        Args:
            report: What was found.
            code: The function's folder.
            own: The function's options.
        """
        rules = [*comments.rules(report, code), *own.rules]
        is_made = self._options.write_baseline
        name = report.run.function or report.handler
        baseline = self._read_before.pop(name, None) or self._baseline(name)
        if baseline and not is_made:
            rules += baseline.rules()
        report = _without(ignore(report, rules), own.ignore)
        if baseline and is_made:
            # What another event of the function showed stays.
            baseline.write(masked(report), besides=name in self._written)
            self._written.add(name)
            accepted = counted(len(report.findings), "finding")
            said = f"{self._options.baseline} accepts {accepted} of {report.name}"
            print(*output_lines("baseline", said), file=sys.stderr)
            report = ignore(report, baseline.rules())
        return report

    def _baseline(self, name: str) -> Baseline | None:
        file, is_made = self._options.baseline, self._options.write_baseline
        return Baseline(file, name, self._folder, is_made=is_made) if file else None


def _without(report: Report, codes: list[str]) -> Report:
    kept = tuple(finding for finding in report.findings if finding.code not in codes)
    return replace(report, findings=kept)
