"""Writes a report as JUnit's XML, which CI systems show as tests.

Each function is a suite, and each kind of finding a test case of it, so that a case has the same
name in each run. What makes the command fail is a failure; other findings are the output of a
case that passed. A case of which all findings are ignored is skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from snapshot_restore_py._rehearsal.findings import codes
from snapshot_restore_py._rehearsal.telling.printable import printable
from snapshot_restore_py._rehearsal.telling.report import Failure, each
from snapshot_restore_py._rehearsal.telling.timeline import timeline
from snapshot_restore_py._rehearsal.telling.verdict import verdict

if TYPE_CHECKING:
    from typing import TextIO

    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import AnyReport, Report

_COUNTS = ("tests", "failures", "errors", "skipped")


def write(report: AnyReport, stream: TextIO) -> None:
    """Write a report as one XML document."""
    suites = [_failed(one) if isinstance(one, Failure) else _suite(one) for one in each(report)]
    root = ET.Element("testsuites", {"name": "snapshot-restore", **_sums(suites)})
    root.extend(suites)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(ET.tostring(root, encoding="unicode") + "\n")


def _suite(report: Report) -> ET.Element:
    suite = _named(report)
    known = [code.name for code in codes()]
    found = [*report.findings, *(one.finding for one in report.ignored)]
    for name in dict.fromkeys([*known, *(one.code for one in found)]):
        findings = [one for one in report.findings if one.code == name]
        suite.append(_case(name, findings, report))
    if report.outdated:
        told = "\n".join(one.message for one in report.outdated)
        ET.SubElement(suite, "system-out").text = _safe(told)
    counts = {
        "tests": len(suite.findall("testcase")),
        "failures": len(suite.findall("testcase/failure")),
        "skipped": len(suite.findall("testcase/skipped")),
    }
    return _counted(suite, counts, max(stretch.end for stretch in timeline(report)))


def _case(name: str, findings: list[Finding], report: Report) -> ET.Element:
    case = ET.Element("testcase", {"name": _safe(name), "classname": _safe(report.name)})
    case.set("time", "0")
    failing = [one for one in findings if report.run.fails(one.level)]
    nearest = next((one for one in [*failing, *findings] if one.file), None)
    if nearest and nearest.file:
        case.set("file", _safe(report.run.file(nearest.file)))
        case.set("line", str(nearest.line or 1))
    if failing:
        message = "; ".join(one.message for one in failing)
        failure = ET.SubElement(case, "failure", {"message": _safe(message), "type": _safe(name)})
        failure.text = _safe("\n\n".join(map(_told, failing)))
    ignored = [one for one in report.ignored if one.finding.code == name]
    if ignored and not findings:
        reasons = "; ".join(f"{one.finding.location}: {one.reason}" for one in ignored)
        ET.SubElement(case, "skipped", {"message": _safe(f"ignored: {reasons}")})
    others = [one for one in findings if one not in failing]
    if others:
        ET.SubElement(case, "system-out").text = _safe("\n\n".join(map(_told, others)))
    return case


def _failed(report: Failure) -> ET.Element:
    """Return the suite of a function that could not start."""
    suite = _named(report)
    case = ET.SubElement(suite, "testcase", {"name": "init", "classname": _safe(report.name)})
    case.set("time", "0")
    error = ET.SubElement(case, "error", {"message": _safe(report.error), "type": "init"})
    error.text = _safe(report.traceback or verdict(report))
    return _counted(suite, {"tests": 1, "errors": 1})


def _named(report: Report | Failure) -> ET.Element:
    suite = ET.Element("testsuite", {"name": _safe(report.name)})
    suite.set("timestamp", _safe(report.run.date.rstrip("Z")))
    properties = ET.SubElement(suite, "properties")
    facts = {"version": report.run.version, "python": report.python, "path": report.run.path}
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": _safe(value)})
    return suite


def _counted(suite: ET.Element, counts: dict[str, int], seconds: float = 0) -> ET.Element:
    for name in _COUNTS:
        suite.set(name, str(counts.get(name, 0)))
    suite.set("time", f"{seconds:.3f}")
    return suite


def _sums(suites: list[ET.Element]) -> dict[str, str]:
    sums = {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in _COUNTS}
    return {**sums, "time": f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}"}


def _told(finding: Finding) -> str:
    head = f"{finding.level}: {finding.message}\nwhere: {finding.location}"
    return "\n\n".join(part for part in (head, finding.evidence, finding.fix.text) if part.strip())


def _safe(text: str) -> str:
    return printable(text)
