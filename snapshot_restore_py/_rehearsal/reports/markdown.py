"""Writes a report as Markdown, for a job's summary or a comment.

What the function says stands in code, where it means nothing: no links, no HTML, no names that
somebody is told of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.telling.printable import printable
from snapshot_restore_py._rehearsal.telling.report import Failure, each
from snapshot_restore_py._rehearsal.telling.verdict import (
    counted,
    errors_first,
    facts,
    origin,
    title,
    verdict,
)

if TYPE_CHECKING:
    from typing import TextIO

    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import AnyReport, Report

_ROOM = 60_000  # characters: a comment on GitHub may have 65,536
_LONGEST = 4_000  # characters of one text
_ICONS = {"error": "\N{CROSS MARK}", "warning": "\N{WARNING SIGN}", "note": "\N{MEMO}"}
_FINE = "\N{WHITE HEAVY CHECK MARK}"


def write(report: AnyReport, stream: TextIO) -> None:
    """Write a report, as much of it as a comment can hold."""
    reports = each(report)
    room = _ROOM
    blocks = [f"## {_words(title(report))}"]
    if len(reports) > 1:
        blocks.append(_overview(reports))
    for one in reports:
        blocks += [f"### {_words(one.name)}"] if len(reports) > 1 else []
        blocks += [_failure(one)] if isinstance(one, Failure) else _report(one)
    left = 0
    for block in blocks:
        room -= len(block) + 2
        if room < 0:
            left += 1
        else:
            stream.write(f"{block}\n\n")
    if left:
        stream.write(f"*{counted(left, 'part')} more had no room: the other reports have all.*\n")


def _overview(reports: tuple[Report | Failure, ...]) -> str:
    rows = [f"| {_icon(one)} | {_words(one.name)} | {_words(verdict(one))} |" for one in reports]
    return "\n".join(["| | Function | Outcome |", "| --- | --- | --- |", *rows])


def _icon(report: Report | Failure) -> str:
    levels = ["error"] if isinstance(report, Failure) else [one.level for one in report.findings]
    return next((icon for level, icon in _ICONS.items() if level in levels), _FINE)


def _failure(report: Failure) -> str:
    return (
        f"{_icon(report)} **{_words(verdict(report))}**\n\n{_block(report.error)}\n\n"
        f"<sub>{_words(origin(report))}</sub>"
    )


def _report(report: Report) -> list[str]:
    missing = "\n".join(f"- {_words(one)}" for one in report.not_examined)
    vain = "\n".join(f"- {_words(one.message)}" for one in report.outdated)
    return [
        f"{_icon(report)} **{_words(verdict(report))}**",
        *(_finding(one, report) for one in errors_first(report.findings)),
        *([_ignored(report)] if report.ignored else []),
        *([f"Ignored in vain:\n\n{vain}"] if vain else []),
        *([f"Not examined:\n\n{missing}"] if missing else []),
        f"<sub>{_words(facts(report))}; {_words(origin(report))}</sub>",
    ]


def _finding(finding: Finding, report: Report) -> str:
    code = _code(finding.code)
    if report.run.documentation:
        code = f"[{code}]({report.run.link(finding.code)})"
    where = finding.location
    if finding.file:
        where = report.run.file(finding.file) + (f":{finding.line}" if finding.line else "")
    parts = [
        f"{_ICONS[finding.level]} {code} at {_code(where)}: {_words(finding.message)}",
        "<details><summary>Evidence and what to do</summary>",
        *([_block(finding.evidence)] if finding.evidence.strip() else []),
        _block(finding.fix.text),
        "</details>",
    ]
    return "\n\n".join(parts)


def _ignored(report: Report) -> str:
    lines = [
        f"- {_code(one.finding.code)} at {_code(one.finding.location)}: {_words(one.reason)} "
        f"({_words(one.where)})"
        for one in report.ignored
    ]
    found = counted(len(lines), "finding")
    return "\n\n".join(
        [f"<details><summary>{found} ignored</summary>", "\n".join(lines), "</details>"]
    )


def _words(text: str) -> str:
    """Return a line whose words mean nothing to Markdown."""
    line = " ".join(printable(text).split())
    line = re.sub(r"([\\`*_{}\[\]()#+!|~<>&$-])", r"\\\1", line)
    # Nobody is told of it, and nothing is linked.
    return re.sub(r"(?<=[@#])|(?<=:)(?=//)|(?<=www)(?=\.)", "<!-- -->", line)


def _code(text: str) -> str:
    line = " ".join(printable(text).split())
    fence = _fence(line, "`")
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{room}{line}{room}{fence}" if line else ""


def _block(text: str) -> str:
    shown = printable(text).strip("\n")
    rest = len(shown) - _LONGEST
    cut = f"\n... ({counted(rest, 'character')} more)" if rest > 0 else ""
    shown = shown[:_LONGEST] + cut
    fence = _fence(shown, "```")
    return f"{fence}text\n{shown}\n{fence}"


def _fence(text: str, shortest: str) -> str:
    """Return more backticks than there are together in a text."""
    runs = [len(run) for run in re.findall("`+", text)]
    return "`" * max(len(shortest), *(run + 1 for run in [0, *runs]))
