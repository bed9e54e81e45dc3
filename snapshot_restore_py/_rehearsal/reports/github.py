"""Writes what was found as annotations for a workflow of GitHub Actions.

A line each, as GitHub's workflow commands are written: they count where a step prints them.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.telling.printable import printable
from snapshot_restore_py._rehearsal.telling.report import Failure, each
from snapshot_restore_py._rehearsal.telling.verdict import errors_first, verdict

if TYPE_CHECKING:
    from typing import TextIO

    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import AnyReport, Outdated, Run

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def write(report: AnyReport, stream: TextIO) -> None:
    """Write an annotation for each finding, and for each function that could not start."""
    for one in each(report):
        if isinstance(one, Failure):
            stream.write(_annotation("error", f"{verdict(one)}\n{one.error}", {}))
            continue
        for finding in errors_first(one.findings):
            stream.write(_of(finding, one.name, one.run))
        for outdated in one.outdated:
            stream.write(_annotation("notice", outdated.message, _place(outdated)))


def _of(finding: Finding, name: str, run: Run) -> str:
    properties = {"title": f"{finding.code} in {name}"}
    if finding.file:
        properties = {"file": run.file(finding.file), **properties}
    if finding.file and finding.line:
        properties = {"line": str(finding.line), **properties}
    parts = [finding.message, finding.evidence, finding.fix.text]
    message = "\n\n".join(part for part in parts if part.strip())
    return _annotation(_COMMANDS[finding.level], message, properties)


def _place(outdated: Outdated) -> dict[str, str]:
    """Return where a comment stands; of what is written elsewhere the line is not known."""
    file, _, line = outdated.where.rpartition(":")
    return {"file": file, "line": line} if outdated.by == "comment" else {}


def _annotation(command: str, message: str, properties: dict[str, str]) -> str:
    named = [f"{name}={_property(value)}" for name, value in sorted(properties.items())]
    return f"::{' '.join([command, ','.join(named)]).rstrip()}::{_escaped(message)}\n"


def _property(value: str) -> str:
    return _escaped(value).replace(":", "%3A").replace(",", "%2C")


def _escaped(value: str) -> str:
    text = printable(value).replace("%", "%25")
    return text.replace("\r", "%0D").replace("\n", "%0A")
