"""Reports as Markdown, read by a parser of CommonMark with GitHub's tables."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from snapshot_restore_py._rehearsal.reports.markdown import write

from .reports import ALL, CLOCK, FAILURE, HOSTILE, PLACED, SHARED, hostile, report


def markdown(report: Any) -> str:
    stream = io.StringIO()
    write(report, stream)
    return stream.getvalue()


def html(report: Any) -> str:
    return MarkdownIt("commonmark").enable("table").render(markdown(report))


def text(page: str) -> str:
    return re.sub("<[^>]*>", "", page)


@pytest.mark.parametrize("title", ALL)
def test_it_has_room_in_a_comment(title):
    assert 0 < len(markdown(ALL[title])) < 65_536


def test_findings_stand_with_their_places_and_what_to_do():
    page = html(report(findings=(CLOCK, PLACED)))
    assert page.index("shared-value") < page.index("captured-time")
    assert "<code>functions/orders/app.py:7</code>" in page
    assert "<code>app.STARTED (app.py:7)</code>" in page
    assert SHARED.message in text(page)
    assert "renew_order_prefix():" in page
    assert "1 error, 1 warning in app.handler after 3 restores" in text(page)
    assert "snapshot-restore 2.0.0, 2026-11-27T12:00:00Z" in text(page)


def test_codes_lead_to_the_documentation_where_its_address_is_known():
    address = "https://docs.example/latest/reference/findings/shared-value.html"
    assert f'<a href="{address}"><code>' in html(ALL["with file, line and link"])
    assert "<a " not in html(report(findings=(PLACED,)))


def test_what_was_not_examined_is_told():
    assert "<li>values after the first 10</li>" in html(
        report(not_examined=("values after the first 10",))
    )


def test_a_function_that_could_not_start_is_told_with_its_cause():
    page = html(FAILURE)
    assert "app.handler could not be rehearsed" in text(page)
    assert "ZeroDivisionError" in page


def test_several_functions_have_an_overview():
    page = html(ALL["several functions"])
    assert page.count("<tr>") == 6
    assert page.count("<h3>") == 5
    assert "1 warning in app.handler after 3 restores" in text(page)


def test_what_has_no_room_is_told():
    many = markdown(report(findings=(SHARED,) * 300))
    assert re.search(r"\*\d+ parts more had no room: the other reports have all\.\*\n$", many)
    assert "(1,000 characters more)" in markdown(
        report(findings=(replace(SHARED, evidence="x" * 5000),))
    )


@pytest.mark.parametrize(
    "written",
    [
        HOSTILE,
        "@team #12 https://example.com www.example.com <b>b</b> ``` ` [l](https://e.com) |x|",
        "`",
        "",
        "````\n</details>\n````",
    ],
)
def test_text_of_the_functions_means_nothing(written):
    page = html(hostile(written))
    tags = set(re.findall(r"</?(\w+)", page.replace("<!-- -->", "")))
    known = {"h2", "p", "strong", "code", "pre", "details", "summary", "sub", "ul", "li"}
    assert tags <= known
    outside = text(re.sub(r"(?s)<code.*?</code>", "", page.replace("<!-- -->", "\0")))
    assert not re.search(r"@\w|#\d|https?://|www\.", outside)
