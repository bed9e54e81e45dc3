"""Writes what was found as SARIF 2.1.0, which code scanning and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from snapshot_restore_py import __version__
from snapshot_restore_py._rehearsal.findings import codes
from snapshot_restore_py._rehearsal.telling.plain_json import dumps
from snapshot_restore_py._rehearsal.telling.printable import printable
from snapshot_restore_py._rehearsal.telling.report import Failure, each
from snapshot_restore_py._rehearsal.telling.verdict import errors_first, verdict

if TYPE_CHECKING:
    from typing import TextIO

    from snapshot_restore_py._rehearsal.findings import Code, Finding
    from snapshot_restore_py._rehearsal.telling.report import AnyReport, Ignored, Run

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_FINGERPRINT = "snapshotRestoreFinding/v1"


def write(report: AnyReport, stream: TextIO) -> None:
    """Write a report as one log with one run, as GitHub wants it."""
    reports = each(report)
    rules = [_rule(code, reports[0].run) for code in codes()]
    results = [
        _result(finding, one.handler, one.run)
        for one in reports
        if not isinstance(one, Failure)
        for finding in errors_first(one.findings)
    ]
    results += [
        _result(ignored.finding, one.handler, one.run, ignored)
        for one in reports
        if not isinstance(one, Failure)
        for ignored in one.ignored
    ]
    run = {
        "tool": {
            "driver": {
                "name": "snapshot-restore",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": rules,
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The root of the repository, or where it was run"}}
        },
        "invocations": [_invocation(one) for one in reports],
        "results": results,
    }
    stream.write(dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n")


def _rule(code: Code, run: Run) -> dict[str, Any]:
    rule = {
        "id": code.name,
        "name": "".join(word.capitalize() for word in code.name.split("-")),
        "shortDescription": {"text": _sentence(code.meaning)},
        "fullDescription": {"text": code.explanation},
        "help": {"text": code.page, "markdown": code.page},
        "defaultConfiguration": {"level": code.level},
        "properties": {"tags": ["snapstart", code.stage]},
    }
    # An address has to be a whole one there.
    return {**rule, "helpUri": run.link(code.name)} if run.documentation else rule


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _result(
    finding: Finding, handler: str, run: Run, ignored: Ignored | None = None
) -> dict[str, Any]:
    names = [code.name for code in codes()]
    parts = [_sentence(finding.message), finding.evidence, finding.fix.text]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.level,
        "message": {"text": _text("\n\n".join(part for part in parts if part.strip()))},
        "locations": [_location(finding, run)],
        "partialFingerprints": {_FINGERPRINT: finding.id},
        "properties": {"handler": printable(handler), **_named(run)},
        # In section 3.27.23: all results of a run have it, or none.
        "suppressions": [_suppression(ignored)] if ignored else [],
    }
    if finding.code in names:
        result["ruleIndex"] = names.index(finding.code)
    return result


def _suppression(ignored: Ignored) -> dict[str, Any]:
    return {
        "kind": "inSource" if ignored.by == "comment" else "external",
        "status": "accepted",
        "justification": printable(ignored.reason),
        "properties": {"where": printable(ignored.where)},
    }


def _named(run: Run) -> dict[str, str]:
    return {"function": printable(run.function)} if run.function else {}


def _location(finding: Finding, run: Run) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": printable(finding.location)}]
    }
    if finding.file:
        file = run.file(finding.file)
        is_outside = file.startswith("/")
        address = quote(file, errors="backslashreplace")
        artifact = {"uri": f"file://{address}"} if is_outside else {"uri": address}
        physical: dict[str, Any] = {"artifactLocation": artifact}
        if not is_outside:
            artifact["uriBaseId"] = _ROOT
        if finding.line:
            physical["region"] = {"startLine": finding.line}
        location["physicalLocation"] = physical
    return location


def _invocation(report: Any) -> dict[str, Any]:
    """Return how the rehearsal of one function went; its command is not told, it may be secret."""
    invocation: dict[str, Any] = {
        "executionSuccessful": not isinstance(report, Failure),
        "startTimeUtc": report.run.date,
        "properties": {
            "handler": printable(report.handler),
            "python": printable(report.python),
            **_named(report.run),
        },
    }
    if isinstance(report, Failure):
        text = _text(f"{_sentence(verdict(report))}\n\n{report.error}")
        invocation["toolExecutionNotifications"] = [{"level": "error", "message": {"text": text}}]
    elif report.outdated:
        invocation["toolExecutionNotifications"] = [
            {"level": "note", "message": {"text": _text(_sentence(one.message))}}
            for one in report.outdated
        ]
    return invocation


def _text(text: str) -> str:
    """Return a text in which nothing of the function's is taken for a link."""
    return printable(text).replace("](", "] (")
