"""A rehearsal's report as a page, read with a parser that allows no mistake.

What only a browser can tell is checked by `.ci/check_page.py`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import html5lib
import pytest
from hypothesis import given, settings, strategies as st

from snapshot_restore_py._rehearsal.evidence.records import Invocation, Output, Phase
from snapshot_restore_py._rehearsal.reports.html import page
from snapshot_restore_py._rehearsal.telling.printable import printable

from .reports import ALL, CLOCK, HOSTILE, LONG, REPORTS, SHARED, UNICODE, hostile, report


def parsed(report):
    """Return the page's tree; a mistake in its HTML is an error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(page(report))


def text(element) -> str:
    return "".join(element.itertext())


def texts(tree, path: str) -> list[str]:
    return [text(element) for element in tree.iterfind(path)]


def of_class(tree, name: str):
    return [one for one in tree.iter() if name in one.get("class", "").split()]


class TestPage:
    @pytest.mark.parametrize("title", ALL)
    def test_it_is_well_formed_and_needs_nothing_else(self, title):
        tree = parsed(ALL[title])
        assert tree.get("lang") == "en"
        assert tree.find("head/meta[@charset]").get("charset") == "utf-8"
        assert "width=device-width" in tree.find("head/meta[@name='viewport']").get("content")
        of = getattr(ALL[title], "handler", None) or f"{len(ALL[title].reports)} functions"
        assert text(tree.find("head/title")) == printable(f"Rehearsal of {of}")
        assert {element.tag for element in tree.iter()} <= ELEMENTS
        for element in tree.iter():
            assert set(element.keys()) <= ATTRIBUTES, element.attrib
            assert re.match(
                r"data:,$|#function-\d+$|#finding-[\w-]*$|https://docs\.ex",
                element.get("href", "data:,"),
            )
        assert not re.search(r"url\(|@import|expression", text(tree.find("head/style")))

    def test_its_policy_forbids_requests_and_all_scripts_but_its_own(self):
        tree = parsed(report())
        policy = tree.find("head/meta[@http-equiv='Content-Security-Policy']").get("content")
        (script,) = tree.iterfind(".//script")
        digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
        allowed = f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
        assert policy == f"default-src 'none'; img-src data:; {allowed}"

    def test_it_is_for_light_and_dark(self):
        style = text(parsed(report()).find("head/style"))
        assert "color-scheme: light dark" in style
        assert "@media (prefers-color-scheme: dark)" in style

    @pytest.mark.parametrize("written", [HOSTILE, UNICODE, LONG, "", "\n\n", "\n  code\n"])
    def test_text_of_the_function_is_shown_as_it_is_but_harmless(self, written):
        harmless(written)

    @settings(max_examples=40, deadline=None)
    @given(st.text(st.characters()))
    def test_so_is_any_other_text(self, written):
        harmless(written)

    def test_it_is_made_without_the_extra(self, interpreter):
        made = interpreter.run(
            """
            import sys
            sys.modules["rich"] = None
            from snapshot_restore_py._rehearsal.reports.html import page
            from tests.rehearsal.reports import REPORTS
            report(page(REPORTS["findings"]))
            """
        )
        assert made == page(REPORTS["findings"])


ELEMENTS = {
    *("html", "head", "meta", "link", "title", "style", "body", "header", "main", "section"),
    *("article", "h1", "h2", "h3", "p", "div", "span", "code", "wbr", "pre", "ol", "li", "dl"),
    *("dt", "dd", "table", "colgroup", "col", "thead", "tbody", "tr", "th", "td", "details"),
    *("summary", "a", "h4", "script", "button", "label", "input", "select", "option", "output"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "rel", "href"),
    *("class", "style", "tabindex", "scope", "colspan", "id", "data-code", "data-level", "title"),
    *("type", "hidden", "role", "value"),
}


def harmless(written: str) -> None:
    """Fail if a report with this text everywhere is not a page that shows just that."""
    tree = parsed(hostile(written))
    shown = printable(written)
    assert {element.tag for element in tree.iter()} <= ELEMENTS
    assert text(tree.find(".//h1")) == f"Rehearsal of {shown}"
    assert texts(tree, ".//h3") == [shown] * 2
    assert text(tree.find(".//details/pre")) == printable(f"{written}\n{written}\n")


class TestFindings:
    def test_errors_come_first_with_all_that_is_known(self):
        tree = parsed(report(findings=(CLOCK, SHARED)))
        articles = tree.findall(".//article")
        assert [texts(article, "p/*") for article in articles] == [
            ["error", "shared-value", "#"],
            ["warning", "captured-time", "#"],
        ]
        assert text(articles[0].find("h3")) == SHARED.message
        assert texts(articles[0], "dl/dt") == ["where", "evidence", "fix"]
        where, evidence, fix = articles[0].findall("dl/dd")
        assert text(where) == "app.ORDER_PREFIX"
        assert texts(evidence, "div/p") == SHARED.evidence.split("\n")
        words, code = SHARED.fix.parts
        assert texts(fix, "div/p") == [words]
        assert texts(fix, "div/pre") == [code.text]

    def test_the_verdict_stands_at_the_top(self):
        tree = parsed(report(findings=(CLOCK, SHARED)))
        verdict = tree.find("body/header/p")
        assert text(verdict) == "1 error, 1 warning in app.handler after 3 restores"
        assert verdict.get("class") == "verdict error"
        tree = parsed(report(findings=(CLOCK,)))
        assert tree.find("body/header/p").get("class") == "verdict warning"

    def test_where_nothing_went_wrong_there_is_no_such_section(self):
        tree = parsed(report())
        assert texts(tree, ".//h2") == ["Timeline", "Plugins", "Event", "Output"]
        verdict = tree.find("body/header/p")
        assert text(verdict) == "Nothing went wrong in 3 restores of app.handler."
        assert verdict.get("class") == "verdict fine"

    def test_they_tell_file_and_line_and_lead_to_the_documentation_where_that_is_known(self):
        tree = parsed(ALL["with file, line and link"])
        article = tree.find(".//article")
        assert texts(article, "dl/dt")[:2] == ["where", "file"]
        assert text(article.findall("dl/dd")[1]) == "app.py:7"
        link = article.find("p/a").get("href")
        assert link == "https://docs.example/latest/reference/findings/shared-value.html"

    def test_each_has_a_place_that_a_link_leads_to(self):
        found = [replace(SHARED, id="ab12"), replace(CLOCK, id="cd34"), replace(SHARED, id="ab12")]
        articles = parsed(report(findings=tuple(found))).findall(".//article")
        assert [one.get("id") for one in articles] == [
            "finding-ab12",
            "finding-ab12-2",  # as another event shows it
            "finding-cd34",
        ]
        for one in articles:
            assert one.find("p/a[@class='anchor']").get("href") == f"#{one.get('id')}"

    def test_each_fix_can_be_copied_where_scripts_run(self):
        article = parsed(report(findings=(SHARED,))).find(".//article")
        fixes = of_class(article, "text")[-1]
        kinds = [one.tag for one in fixes]
        assert kinds == ["p", "button", "pre"]
        assert fixes[1].get("hidden") is not None
        assert fixes[2].text == SHARED.fix.parts[1].text

    def test_they_can_be_filtered_where_scripts_run(self):
        tree = parsed(report(findings=(SHARED, CLOCK, SHARED)))
        (bar,) = of_class(tree, "filter")
        assert bar.get("hidden") is not None
        assert [texts(one, "option") for one in bar.iter("select")] == [
            ["all", "shared-value", "captured-time"],
            ["all", "error", "warning"],
        ]
        assert [one.get("data-code") for one in tree.iter("article")] == [
            "shared-value",
            "shared-value",
            "captured-time",
        ]
        assert of_class(parsed(report(findings=(SHARED,))), "filter") == []

    def test_they_are_counted_where_there_are_several(self):
        tree = parsed(report(findings=(SHARED, SHARED, CLOCK)))
        assert texts(tree, "body/main/section/p[@class='details']") == [
            "shared-value 2, captured-time 1"
        ]

    def test_what_is_not_known_is_left_out(self):
        tree = parsed(REPORTS["the init was killed"])
        assert texts(tree, ".//dt") == ["where", "fix"]


class TestSeveral:
    def test_an_overview_leads_to_each_function(self):
        tree = parsed(ALL["several functions"])
        assert text(tree.find("body/header/p")) == "3 functions of 5 with errors"
        counts = text(tree.findall("body/header/p")[1])
        assert counts.startswith("shared-random-state 1, shared-value 1, ")
        assert counts.endswith(", captured-time 2")
        links = [one.get("href") for one in tree.iterfind(".//table[@class='functions']//a")]
        sections = of_class(tree, "function")
        assert links == [f"#{section.get('id')}" for section in sections]
        assert len(sections) == 5
        assert texts(sections[0], "h2") == ["Rehearsal of app.handler"]
        assert "ZeroDivisionError" in text(sections[1])

    def test_where_none_has_an_error_that_is_said(self):
        verdicts = [
            parsed(ALL[f"several functions {which}"]).find("body/header/p")
            for which in ("without an error", "where nothing went wrong")
        ]
        assert {text(one) for one in verdicts} == {"No function has errors"}
        assert [one.get("class") for one in verdicts] == ["verdict warning", "verdict fine"]


class TestTimeline:
    def test_it_has_every_phase_and_hook_in_order(self):
        timeline = of_class(parsed(report(restores=4)), "timeline")[0]
        titles = [text(row[0]) for row in of_class(timeline, "row")]
        restore = [
            "after-restore hooks",
            "snapshot_restore_random.after_restore"
            "plugin random, snapshot_restore_random/__init__.py:19",
            "app.Settings.load_secretexplicit, app.py:34",
            "handler",
        ]
        assert titles == [
            "init",
            "before the snapshot",
            "app.close_connectionsexplicit, app.py:21",
            "snapshot_restore_boto.before_snapshotplugin boto",
            "snapshot",
            *("restore 1", *restore, "restore 2", *restore, "restore 3", *restore),
            "restore 4: not finished",
        ]
        times = [text(time) for time in of_class(timeline, "time")]
        assert times[:6] == ["412 ms", "35 ms", "2 ms", "32 ms", "1.3 s", "<1 ms"]

    def test_bars_stand_where_and_as_long_as_something_ran(self):
        half = report(
            restores=1,
            init=Phase(1),
            before_snapshot=Phase(1),
            after_restore=(Phase(1),),
            invoke=(Invocation(1, None, None),),
        )
        assert [bar.get("style") for bar in of_class(parsed(half), "bar")] == [
            f"margin-left:min({start}.00%,100% - 3px);width:25.00%" for start in (0, 25, 50, 75)
        ]

    def test_errors_stand_where_they_happened(self):
        for title, failure in [
            ("a hook failed before the snapshot", "failed: OSError"),
            (
                "the handler failed in some restores",
                "failed: ZeroDivisionError: division by zero (app.py, line 9)",
            ),
        ]:
            timeline = of_class(parsed(REPORTS[title]), "timeline")[0]
            assert [text(error) for error in of_class(timeline, "error")] == [failure]

    def test_a_rehearsal_that_took_no_time_has_a_timeline_too(self):
        tree = parsed(report(init=Phase(0), before_snapshot=None, after_restore=(), invoke=()))
        assert of_class(tree, "bar")[0].get("style").endswith("width:0.00%")


class TestResults:
    def result(self, value) -> tuple[list[str], list[str]]:
        """Return how a handler's result is shown: in a line, or in boxes with more below."""
        invocation = Invocation(1, value, None)
        tree = parsed(report(restores=1, after_restore=(Phase(1),), invoke=(invocation,)))
        item = of_class(tree, "timeline")[0].findall(".//ol/li")[-1]
        return texts(item, "p/code"), texts(item, "pre"), texts(item, "p")[1:]

    def test_a_short_one_stands_in_its_line(self):
        assert self.result({"a": [1, "ü"]}) == (['{"a": [1, "ü"]}'], [], [])
        assert self.result(None) == (["null"], [], [])

    def test_a_longer_one_has_a_box(self):
        value = {"body": "x" * 100}
        assert self.result(value) == ([], [json.dumps(value, indent=2)], [])

    def test_a_huge_one_is_cut(self):
        _, (shown,), (more,) = self.result("x" * 21_000)
        assert len(shown) == 20_000
        assert more == "1,002 characters more"


class TestPlugins:
    def test_they_are_a_table(self):
        tree = parsed(REPORTS["findings"])
        rows = [[text(cell) for cell in row] for row in tree.iterfind(".//tbody/tr")]
        assert rows == [
            ["boto", "snapshot-restore-boto", "0.3", "loaded"],
            ["audit", "acme-audit", "2.0", "failed"],
            [REPORTS["findings"].plugins[1].error],
            ["flags", "acme-flags", "", "disabled"],
            ["random", "snapshot-restore-random", "1.1.0", "loaded"],
        ]

    def test_their_absence_is_told(self):
        tree = parsed(REPORTS["no plugins, no hooks, no output"])
        assert "No plugins are installed." in texts(tree, ".//section/p")


class TestOutput:
    def test_it_is_there_to_be_opened(self):
        tree = parsed(report())
        assert texts(tree, ".//summary") == ["init 1 line", "restore 1, handler 3 lines"]
        assert texts(tree, ".//details/pre") == ["loading the settings\n", "START\none line\nEND\n"]
        assert all(details.get("open") is None for details in tree.iterfind(".//details"))

    def test_its_first_empty_lines_are_kept(self):
        tree = parsed(report(outputs=(Output("init", "\n\n  text", 0),)))
        assert texts(tree, ".//details/pre") == ["\n\n  text"]

    def test_what_was_cut_off_is_told(self):
        tree = parsed(report(outputs=(Output("init", "", 1), Output("handler", "a", 2345))))
        assert texts(tree, ".//details/p") == [
            "1 byte more was left out.",
            "2,345 bytes more were left out.",
        ]

    def test_its_absence_is_told(self):
        tree = parsed(REPORTS["no plugins, no hooks, no output"])
        assert "The function wrote nothing." in texts(tree, ".//section/p")
