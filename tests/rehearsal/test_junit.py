"""Reports as JUnit's XML, read by a library of others."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import junitparser
import pytest

from snapshot_restore_py._rehearsal.findings import codes
from snapshot_restore_py._rehearsal.reports.junit import write
from snapshot_restore_py._rehearsal.telling.printable import printable

from .reports import ALL, CLOCK, FAILURE, HOSTILE, PLACED, RUN, SHARED, hostile, report


def suites(report: Any) -> list[junitparser.TestSuite]:
    stream = io.StringIO()
    write(report, stream)
    return list(junitparser.JUnitXml.fromstring(stream.getvalue().encode()))


def cases(report: Any) -> dict[str, junitparser.TestCase]:
    (suite,) = suites(report)
    return {case.name: case for case in suite}


@pytest.mark.parametrize("title", ALL)
def test_its_counts_are_those_of_its_cases(title):
    for suite in suites(ALL[title]):
        told = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert told == (suite.tests, suite.failures, suite.errors, suite.skipped)
        assert suite.tests >= 1


def test_each_kind_of_finding_is_a_case_also_where_nothing_went_wrong():
    found = cases(report())
    assert list(found) == [code.name for code in codes()]
    assert all(case.is_passed for case in found.values())
    assert {case.classname for case in found.values()} == {"app.handler"}


def test_errors_are_failures_and_the_others_are_output():
    found = cases(report(findings=(PLACED, SHARED, CLOCK)))
    (failure,) = found["shared-value"].result
    assert failure.message == f"{SHARED.message}; {SHARED.message}"
    assert SHARED.fix.text in failure.text
    assert found["captured-time"].is_passed
    assert CLOCK.message in found["captured-time"].system_out
    assert not found["timeout"].system_out


@pytest.mark.parametrize(
    ("fail_on", "failed"),
    [("error", ["shared-value"]), ("warning", ["shared-value", "captured-time"]), ("never", [])],
)
def test_what_makes_the_command_fail_is_a_failure(fail_on, failed):
    run = replace(RUN, fail_on=fail_on)
    found = cases(report(findings=(SHARED, CLOCK), run=run))
    assert [name for name, case in found.items() if not case.is_passed] == failed


def test_file_and_line_are_attributes():
    case = cases(report(findings=(PLACED,)))["shared-value"]
    assert (case._elem.get("file"), case._elem.get("line")) == ("functions/orders/app.py", "7")


def test_a_function_that_could_not_start_is_an_error():
    (case,) = cases(FAILURE).values()
    (error,) = case.result
    assert isinstance(error, junitparser.Error)
    assert error.message == FAILURE.error
    assert error.text == FAILURE.traceback


def test_several_functions_are_several_suites():
    assert len(suites(ALL["several functions"])) == 5


def test_text_of_the_functions_is_told_and_harmless():
    case = cases(hostile(HOSTILE))[printable(HOSTILE).replace("\n", " ")]
    (failure,) = case.result
    assert printable(HOSTILE) in failure.text
