"""Reports as GitLab's code quality report."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from snapshot_restore_py._rehearsal.reports.gitlab import write
from snapshot_restore_py._rehearsal.telling.report import Outdated, Several

from .reports import ALL, CLOCK, FAILURE, PLACED, report


def issues(report: Any) -> list[dict[str, Any]]:
    stream = io.StringIO()
    write(report, stream)
    found: list[dict[str, Any]] = json.loads(stream.getvalue())
    return found


def test_each_finding_is_an_issue_at_its_file_and_line():
    note = replace(CLOCK, level="note", id="n")
    placed, clock, told = issues(report(findings=(CLOCK, note, PLACED)))
    assert placed == {
        "check_name": "shared-value",
        "severity": "major",
        "description": f"{PLACED.message} (app.handler: {PLACED.location})",
        "fingerprint": PLACED.id,
        "location": {"path": "functions/orders/app.py", "lines": {"begin": 7}},
    }
    # Without a file of its own it stands in the handler's.
    assert clock["location"] == {"path": "functions/orders/app.py", "lines": {"begin": 1}}
    assert (clock["severity"], told["severity"]) == ("minor", "info")


def test_a_function_that_could_not_start_is_one_too():
    (issue,) = issues(FAILURE)
    assert (issue["check_name"], issue["severity"]) == ("init", "blocker")
    assert issue["description"].startswith("app.handler could not be rehearsed: ")
    other = replace(FAILURE, run=replace(FAILURE.run, function="Orders"))
    assert issues(other)[0]["fingerprint"] != issue["fingerprint"]
    assert issues(replace(FAILURE, error="else"))[0]["fingerprint"] == issue["fingerprint"]


def test_what_two_events_show_is_one_issue():
    one = report(findings=(PLACED,))
    two = replace(one, run=replace(one.run, event_name="event 2"))
    assert len(issues(Several((one, two)))) == 1


def test_what_accepts_nothing_is_told_where_it_stands():
    told = report(
        outdated=(
            Outdated("timeout", "comment", "src/app.py:3", "src/app.py:3 ignores timeout"),
            Outdated("timeout", "baseline", "b.json: ab12", "b.json accepts timeout"),
        )
    )
    comment, baseline = issues(told)
    assert (comment["check_name"], comment["severity"]) == ("ignored-in-vain", "info")
    assert comment["location"] == {"path": "src/app.py", "lines": {"begin": 3}}
    assert baseline["location"] == {"path": "b.json", "lines": {"begin": 1}}


@pytest.mark.parametrize("title", ALL)
def test_each_report_has_the_form_that_gitlab_reads(title):
    found = issues(ALL[title])
    for issue in found:
        assert {*issue} == {
            *("check_name", "severity", "description", "fingerprint", "location"),
        }
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert all(isinstance(issue[key], str) and issue[key] for key in ("description",))
        assert not issue["location"]["path"].startswith("./")
        assert issue["location"]["lines"]["begin"] >= 1
        assert "\n" not in issue["description"]
    assert len({issue["fingerprint"] for issue in found}) == len(found)
