"""Reports as annotations of GitHub's workflows, read as GitHub's runner reads them."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest

from snapshot_restore_py._rehearsal.reports.github import write
from snapshot_restore_py._rehearsal.telling.printable import printable

from .reports import ALL, CLOCK, FAILURE, HOSTILE, PLACED, TIMEOUT, hostile, report


def annotations(report: Any) -> list[tuple[str, dict[str, str], str]]:
    stream = io.StringIO()
    write(report, stream)
    return [read(line) for line in stream.getvalue().splitlines()]


def read(line: str) -> tuple[str, dict[str, str], str]:
    match = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line)
    assert match, line
    pairs = [pair.partition("=") for pair in match[2].split(",")] if match[2] else []
    return match[1], {name: plain(value) for name, _, value in pairs}, plain(match[3])


def plain(text: str) -> str:
    for escaped, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(escaped, character)
    return text.replace("%25", "%")


def test_each_finding_stands_at_its_file_and_line():
    note = replace(CLOCK, level="note", file="app.py")
    found = annotations(report(findings=(CLOCK, note, PLACED)))
    assert [(command, properties) for command, properties, _ in found] == [
        (
            "error",
            {
                "file": "functions/orders/app.py",
                "line": "7",
                "title": "shared-value in app.handler",
            },
        ),
        ("warning", {"title": "captured-time in app.handler"}),
        ("notice", {"file": "functions/orders/app.py", "title": "captured-time in app.handler"}),
    ]
    message = found[0][2]
    assert message == f"{PLACED.message}\n\n{PLACED.evidence}\n\n{PLACED.fix.text}"


def test_what_is_not_known_is_left_out():
    ((_, _, message),) = annotations(report(findings=(TIMEOUT,)))
    assert message == f"{TIMEOUT.message}\n\n{TIMEOUT.fix.text}"


def test_a_function_that_could_not_start_is_an_error():
    ((command, properties, message),) = annotations(FAILURE)
    assert (command, properties) == ("error", {})
    assert FAILURE.error in message


def test_where_nothing_was_found_it_is_empty():
    assert annotations(report()) == []


@pytest.mark.parametrize("text", [HOSTILE, "100%0A::error::x, y: z\r\n::stop-commands::now"])
def test_text_of_the_functions_stays_in_its_place(text):
    found = annotations(hostile(text))
    assert [command for command, _, _ in found] == ["error", "warning", "notice"]
    *found, (_, _, told) = found
    assert told == printable(text)
    for _, properties, message in found:
        assert properties == {"title": printable(f"{text} in {text}")}
        assert message.startswith(printable(text))


def test_several_functions_follow_each_other():
    assert len(annotations(ALL["several functions"])) == 3 + 1 + 3 + 0 + 1
