"""What a rehearsal tells: the phases of the function's life, and what was seen to go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Union

from snapshot_restore_py._rehearsal.advice.fix import Addition, Command
from snapshot_restore_py._rehearsal.findings import LEVELS

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.advice.fix import Part
    from snapshot_restore_py._rehearsal.evidence.records import (
        Invocation,
        Output,
        Phase,
        PluginRow,
    )
    from snapshot_restore_py._rehearsal.findings import Finding, Level

    from .fail_on import FailOn

SCHEMA_VERSION = 1
"""Of the JSON. Another key does not raise it; one that goes, or means something else, does."""


@dataclass(frozen=True)
class Run:
    """When, with what and on what a rehearsal was made.

    Attributes:
        version: The version of snapshot-restore.
        date: When it began, in UTC, as in `2026-11-27T12:00:00Z`.
        event: What the handler got, any JSON value.
        path: The function's folder from the root of the repository, or from the working directory
            where there is none; absolute if it lies outside. With slashes.
        documentation: Where the documentation is published, without a slash at its end; None
            where nobody has said that.
        fail_on: The least level that makes the command fail.
        function: The function's name in a template; None if it is rehearsed by its handler alone.
        event_name: What the event is called where the function has several; or None.
    """

    version: str
    date: str
    event: Any = None
    path: str = "."
    documentation: str | None = None
    fail_on: FailOn = "error"
    function: str | None = None
    event_name: str | None = None

    def named(self, handler: str) -> str:
        """Return what the rehearsal of a handler is called for people."""
        name = self.function or handler
        return f"{name} with {self.event_name}" if self.event_name else name

    def fails(self, level: Level) -> bool:
        """Tell whether a finding of a level makes the command fail."""
        return self.fail_on != "never" and LEVELS.index(level) <= LEVELS.index(self.fail_on)

    def file(self, file: str) -> str:
        """Return a file that is told from the function's folder as `path` is told."""
        if self.path in ("", ".") or file.startswith("/"):
            return file
        return f"{self.path.rstrip('/')}/{file}"

    def link(self, code: str) -> str:
        """Return the address of a finding's page, from the documentation's root if need be."""
        page = f"reference/findings/{code}.html"
        return f"{self.documentation}/{page}" if self.documentation else page

    def as_json(self) -> dict[str, Any]:
        """Return it as keys of the report."""
        return {"schema_version": SCHEMA_VERSION, **vars(self)}


IgnoredBy = Literal["comment", "configuration", "baseline"]
IGNORED_BY: tuple[IgnoredBy, ...] = ("comment", "configuration", "baseline")


@dataclass(frozen=True)
class Ignored:
    """A finding that is accepted, and does not count.

    Attributes:
        finding: What was found.
        reason: Why it is accepted.
        by: What says it.
        where: Where that is written, told as `Run.path` is told.
    """

    finding: Finding
    reason: str
    by: IgnoredBy
    where: str


@dataclass(frozen=True)
class Outdated:
    """What accepts a finding that was not found.

    Attributes:
        code: The finding's code.
        by: What says it.
        where: Where that is written.
        message: What to tell, in one line.
    """

    code: str
    by: IgnoredBy
    where: str
    message: str


@dataclass(frozen=True)
class Report:
    """A whole rehearsal.

    A phase that was not reached is None, or missing at the end of the tuples, which have
    one item for each restore otherwise. What was not looked at stands in `not_examined`, in
    words. `made_up` are texts that the init made up, which are to be masked. `copies` is how
    restores were made: by `clone` or by `fork`; None if none was. What is accepted stands in
    `ignored` instead of `findings`, and what accepts in vain in `outdated`. `sources` are the
    files of the function's own modules, as findings name them. `seconds` is how long it all took.
    """

    handler: str
    python: str
    restores: int
    plugins: tuple[PluginRow, ...]
    init: Phase | None
    before_snapshot: Phase | None
    after_restore: tuple[Phase, ...]
    invoke: tuple[Invocation, ...]
    findings: tuple[Finding, ...]
    outputs: tuple[Output, ...]
    run: Run
    second_calls: tuple[Invocation | None, ...] = ()
    not_examined: tuple[str, ...] = ()
    copies: str | None = None
    made_up: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    outdated: tuple[Outdated, ...] = ()
    sources: tuple[str, ...] = ()
    seconds: float | None = None

    @property
    def name(self) -> str:
        """What is told of for people: the function as in its template, or by its handler."""
        return self.run.named(self.handler)

    @property
    def ok(self) -> bool:
        """Whether no error was found; warnings and notes are allowed."""
        return all(finding.level != "error" for finding in self.findings)

    @property
    def status(self) -> int:
        """The exit status that it makes: 1 if a finding is of a level that fails."""
        return int(any(self.run.fails(finding.level) for finding in self.findings))

    def as_json(self) -> dict[str, Any]:
        """Return the report as `--format json` prints it."""
        return {
            **self.run.as_json(),
            "handler": self.handler,
            "python": self.python,
            "restores": self.restores,
            "seconds": self.seconds,
            "copies": self.copies,
            "plugins": [vars(plugin) for plugin in self.plugins],
            "phases": {
                "init": self.init and {"seconds": self.init.seconds},
                "before_snapshot": self.before_snapshot and _phase(self.before_snapshot),
                "after_restore": [_phase(phase) for phase in self.after_restore],
                "invoke": [vars(invocation) for invocation in self.invoke],
                "second_call": [
                    one and {"seconds": one.seconds, "error": one.error}
                    for one in self.second_calls
                ],
            },
            "findings": [self._finding(finding) for finding in self.findings],
            "ignored": [
                {**vars(one), "finding": self._finding(one.finding)} for one in self.ignored
            ],
            "outdated": [vars(one) for one in self.outdated],
            "outputs": [vars(output) for output in self.outputs],
            "not_examined": list(self.not_examined),
            "ok": self.ok,
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        return {
            **vars(finding),
            "link": self.run.link(finding.code),
            "fix": finding.fix.text,
            "fix_parts": [{"kind": _kind(one), "text": _text(one)} for one in finding.fix.parts],
            "additions": [_addition(one) for one in finding.fix.additions],
            "callers": [vars(one) for one in finding.callers],
        }


@dataclass(frozen=True)
class Failure:
    """A function that could not be rehearsed, most often because its handler's import failed.

    Attributes:
        handler: As in Lambda's configuration.
        python: The version of Python.
        error: Why, in one line.
        traceback: Of what it raised; empty if that is not known.
        run: When, with what and on what it was tried.
        reason: What it came to, in some words.
    """

    handler: str
    python: str
    error: str
    traceback: str
    run: Run
    reason: str = "its import failed"

    ok = False
    status = 3

    @property
    def name(self) -> str:
        """What is told of for people: the function as in its template, or by its handler."""
        return self.run.named(self.handler)

    def as_json(self) -> dict[str, Any]:
        """Return it as `--format json` prints it."""
        return {
            **self.run.as_json(),
            "handler": self.handler,
            "python": self.python,
            "error": self.error,
            "traceback": self.traceback,
            "reason": self.reason,
            "ok": False,
        }


@dataclass(frozen=True)
class Several:
    """What is told of several functions at once."""

    reports: tuple[Report | Failure, ...]

    @property
    def ok(self) -> bool:
        """Whether each function could start, and no error was found in any."""
        return all(one.ok for one in self.reports)

    @property
    def status(self) -> int:
        """The greatest exit status that one of them makes."""
        return max(one.status for one in self.reports)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON: what each of them is, in a list."""
        return {
            "schema_version": SCHEMA_VERSION,
            "reports": [one.as_json() for one in self.reports],
            "ok": self.ok,
        }


AnyReport = Union[Report, Failure, Several]


def each(report: AnyReport) -> tuple[Report | Failure, ...]:
    """Return what is told of each function."""
    return report.reports if isinstance(report, Several) else (report,)


def _phase(phase: Phase) -> dict[str, Any]:
    return {"seconds": phase.seconds, "hooks": [vars(hook) for hook in phase.hooks]}


def _kind(part: Part) -> str:
    if isinstance(part, Addition):
        return "code"
    return "command" if isinstance(part, Command) else "words"


def _text(part: Part) -> str:
    return part if isinstance(part, str) else part.text


def _addition(addition: Addition) -> dict[str, Any]:
    hooks = [{**vars(one), "statements": list(one.statements)} for one in addition.hooks]
    return {**vars(addition), "text": addition.text, "hooks": hooks}
