"""Writes what was found as a code quality report, which GitLab shows in merge requests.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.telling.plain_json import dumps
from snapshot_restore_py._rehearsal.telling.printable import printable
from snapshot_restore_py._rehearsal.telling.report import Failure, each
from snapshot_restore_py._rehearsal.telling.verdict import errors_first, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import AnyReport, Outdated, Report

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def write(report: AnyReport, stream: TextIO) -> None:
    """Write one issue for each finding, and for each function that could not start."""
    issues = {one["fingerprint"]: one for one in _issues(report)}  # GitLab wants each once.
    stream.write(dumps(list(issues.values())) + "\n")


def _issues(report: AnyReport) -> Iterator[dict[str, Any]]:
    for one in each(report):
        if isinstance(one, Failure):
            told = f"{verdict(one)}: {one.error}"
            # Two functions may have one module.
            mark = _mark("init", one.run.path, one.name)
            yield _issue("init", "blocker", told, mark, _module(one), 1)
        else:
            for finding in errors_first(one.findings):
                severity, line = _SEVERITIES[finding.level], finding.line or 1
                told = f"{finding.message} ({one.name}: {finding.location})"
                yield _issue(finding.code, severity, told, finding.id, _file(finding, one), line)
            for outdated in one.outdated:
                yield _in_vain(outdated)


def _in_vain(outdated: Outdated) -> dict[str, Any]:
    """Return an issue about what accepts nothing; of a comment the line is known."""
    file, _, line = outdated.where.partition(":")
    number = int(line) if outdated.by == "comment" and line.isdecimal() else 1
    mark = _mark("in vain", outdated.where, outdated.code)
    return _issue("ignored-in-vain", "info", outdated.message, mark, file, number)


def _mark(*facts: str) -> str:
    text = "\0".join(facts).encode(errors="backslashreplace")
    return hashlib.sha256(text).hexdigest()[:16]


def _issue(name: str, severity: str, told: str, mark: str, file: str, line: int) -> dict[str, Any]:
    return {
        "check_name": printable(name),
        "severity": severity,
        "description": " ".join(printable(told).split()),
        "fingerprint": printable(mark),
        "location": {"path": printable(file), "lines": {"begin": line}},
    }


def _file(finding: Finding, report: Report) -> str:
    return report.run.file(finding.file) if finding.file else _module(report)


def _module(report: Report | Failure) -> str:
    """Return the file of a handler: an issue has to have a place."""
    module = report.handler.rpartition(".")[0].replace(".", "/")
    return report.run.file(f"{module}.py")
