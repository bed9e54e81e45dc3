"""Findings that are accepted: by comments, by the configuration, and by a baseline."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from snapshot_restore_py._rehearsal.ignoring import ignore
from snapshot_restore_py._rehearsal.ignoring.comments import rules
from snapshot_restore_py._rehearsal.reports import forms, reporter
from snapshot_restore_py._rehearsal.telling.report import Ignored, Report
from tests.rehearsal.reports import ALL, CLOCK, PLACED, report
from tests.rehearsal.test_outputs import command, problem

if TYPE_CHECKING:
    from tests.rehearsal.command import Functions

TWO = """\
import time
import uuid
ORDER = str(uuid.uuid4()){behind}
{before}
SINCE = time.time()
def handler(event, context):
    return {{"order": ORDER, "since": SINCE}}
"""
SHARED = "# snapshot-restore: ignore[shared-value] a name for logs"
CLOCKED = "# snapshot-restore: ignore[captured-time] how old the environment is"
IGNORED = ALL["findings that are ignored"]


def two(behind: str = "", before: str = "") -> str:
    return TWO.format(behind=f"  {behind}" if behind else "", before=before)


def rehearse(functions: Functions, *arguments: str, source: str | None = None) -> Any:
    """Return the command's outcome, and the report that it printed as JSON."""
    functions.write("app.py", two() if source is None else source)
    result = command(functions.folder, "rehearse", "app.handler", "--format", "json", *arguments)
    return result, json.loads(result.stdout) if result.stdout else None


def codes(told: Any) -> list[str]:
    return [one["code"] for one in told["findings"]]


def ignored(told: Any) -> list[tuple[str, str, str, str]]:
    return [
        (one["finding"]["code"], one["reason"], one["by"], one["where"]) for one in told["ignored"]
    ]


def written(form: str, report: Any) -> str:
    stream = io.StringIO()
    reporter(form).write(report, stream)
    return stream.getvalue()


class TestComments:
    def test_they_accept_what_stands_in_their_line_or_follows(self, functions):
        result, told = rehearse(functions, source=two(SHARED, CLOCKED))
        assert result.returncode == 0
        assert codes(told) == told["outdated"] == []
        assert ignored(told) == [
            ("shared-value", "a name for logs", "comment", "app.py:3"),
            ("captured-time", "how old the environment is", "comment", "app.py:4"),
        ]
        assert told["ok"]

    def test_what_they_do_not_accept_counts(self, functions):
        result, told = rehearse(functions, source=two(before=CLOCKED))
        assert result.returncode == 1
        assert codes(told) == ["shared-value"]

    def test_one_that_accepts_nothing_any_more_is_told(self, functions):
        result, told = rehearse(functions, "--fail-on", "never", source=two(CLOCKED, SHARED))
        assert result.returncode == 0
        assert sorted(codes(told)) == ["captured-time", "shared-value"]
        assert [one["message"] for one in told["outdated"]] == [
            "app.py:3 ignores captured-time, which was not found there: remove the comment",
            "app.py:4 ignores shared-value, which was not found there: remove the comment",
        ]

    def test_where_not_all_was_looked_at_nothing_is_called_outdated(self, functions):
        source = two(CLOCKED) + "    raise SystemExit\n"
        source = source.replace("    return", "    import os; os._exit(1)\n    return")
        _, told = rehearse(functions, source=source)
        assert told["not_examined"]
        assert told["outdated"] == []

    def test_files_are_told_from_the_root_of_the_repository(self, functions):
        (functions.folder.parent / ".git").mkdir()
        _, told = rehearse(functions, source=two(SHARED, SHARED))
        assert ignored(told)[0][3] == "function/app.py:3"
        assert told["outdated"][0]["where"] == "function/app.py:4"

    @pytest.mark.parametrize(
        ("comment", "expected"),
        [
            (
                "# snapshot-restore: ignore[shred-value] reason",
                "app.py:3: there is no finding 'shred-value' to ignore. Is it shared-value?",
            ),
            (
                "# snapshot-restore: ignore[zzz] reason",
                "app.py:3: there is no finding 'zzz' to ignore.\n",
            ),
            (
                "# snapshot-restore: ignore[shared-value, captured-time] -",
                "app.py:3: what is ignored needs a reason: "
                "# snapshot-restore: ignore[shared-value, captured-time] reason",
            ),
            (
                "# snapshot-restore: ignore a reason",
                "app.py:3: it has to be said which finding is ignored: "
                "# snapshot-restore: ignore[CODE] reason",
            ),
            ("# snapshot-restore: ignore[ ] reason", "it has to be said which finding"),
            (
                "# snapshot-restore: ingore[shared-value] reason",
                "app.py:3: a comment cannot say 'ingore'. Is it ignore? It is written "
                "# snapshot-restore: ignore[CODE] reason",
            ),
            ("# snapshot-restore: allow[x] y", "a comment cannot say 'allow'. It is written"),
        ],
    )
    def test_wrong_ones_are_errors_where_they_stand(self, functions, comment, expected):
        result, told = rehearse(functions, source=two(comment))
        assert result.returncode == 2
        assert told is None
        last = result.stderr.splitlines(keepends=True)[-1]
        assert last.startswith("snapshot-restore: ")
        assert expected in last


class TestPlacesOfComments:
    """Which lines a comment counts for; the findings are given."""

    def found(self, tmp_path, source: str, line: int, code: str = "shared-value") -> Report:
        (tmp_path / "app.py").write_text(source)
        finding = replace(PLACED, code=code, line=line)
        told = report(findings=(finding,), sources=("app.py",))
        return ignore(told, rules(told, str(tmp_path)))

    @pytest.mark.parametrize(
        ("source", "line"),
        [
            ("A = make(\n    1,\n)  # snapshot-restore: ignore[shared-value] x\n", 1),
            ("A = make(  # snapshot-restore: ignore[shared-value] x\n    1,\n)\n", 1),
            ("A = (\n  # snapshot-restore: ignore[shared-value] x\n  1)", 1),
            ("#snapshot-restore:ignore [ shared-value ]: x\n# more\n\nA = 1\n", 4),
            ("if 1:\n    # snapshot-restore: ignore[shared-value] x\n    A = 1\n", 3),
            ("# snapshot-restore: ignore[captured-time,shared-value] x\nA = 1\n", 2),
            (
                "# snapshot-restore: ignore[captured-time] x\n"
                "# snapshot-restore: ignore[shared-value] y\nA = 1\n",
                3,
            ),
        ],
    )
    def test_one_counts_for_its_whole_statement(self, tmp_path, source, line):
        told = self.found(tmp_path, source, line)
        assert [one.finding.code for one in told.ignored] == ["shared-value"]
        assert told.findings == ()

    @pytest.mark.parametrize(
        ("source", "line"),
        [
            ("A = 1  # snapshot-restore: ignore[shared-value] x\nB = 1\n", 2),
            ("# snapshot-restore: ignore[shared-value] x\nA = 1\nB = 1\n", 3),
            ("A = 1\n# snapshot-restore: ignore[shared-value] x\n", 1),
            ("A = '# snapshot-restore: ignore[shared-value] x'\n", 1),
            ("A = 1  # snapshot-restore: this is meant to be ignored [by all]\n", 1),
            ("A = 1  # snapshot-restore: see the documentation\n", 1),
        ],
    )
    def test_others_do_not(self, tmp_path, source, line):
        assert not self.found(tmp_path, source, line).ignored

    @pytest.mark.parametrize(
        "source", ["# snapshot-restore: ignore[shared-value] x\n  A = (", "# coding: nothing\n"]
    )
    def test_what_is_no_python_has_none(self, tmp_path, source):
        assert not self.found(tmp_path, source, 2).ignored

    def test_a_file_that_is_gone_has_none(self, tmp_path):
        told = report(sources=("gone.py",))
        assert rules(told, str(tmp_path)) == []


class TestReports:
    @pytest.mark.parametrize("form", forms())
    def test_each_form_tells_what_is_ignored_and_what_is_ignored_in_vain(self, form):
        text = written(form, IGNORED)
        assert "app.py:3 ignores" in " ".join(text.replace("\\", "").split())
        if form not in ("github", "gitlab", "text"):
            assert "a name for logs" in text
        if form not in ("github", "gitlab", "sarif", "json"):
            assert "Nothing else went wrong" in text.replace("\\", "") or form == "junit"

    def test_text_has_their_number_in_one_line(self):
        assert written("text", IGNORED).endswith(
            "\nNothing else went wrong in 3 restores of app.handler. 1 finding ignored.\n"
        )
        both = replace(IGNORED, findings=(CLOCK,))
        assert written("text", both).endswith(
            "\n1 warning in app.handler after 3 restores; 1 ignored\n"
        )

    def test_sarif_has_suppressions_in_all_results(self):
        one, *others = [
            result["suppressions"]
            for result in json.loads(
                written(
                    "sarif",
                    report(
                        findings=(CLOCK,),
                        ignored=(
                            Ignored(PLACED, "one", "comment", "app.py:7"),
                            Ignored(PLACED, "two", "baseline", "b.json"),
                        ),
                    ),
                )
            )["runs"][0]["results"]
        ]
        assert one == []
        assert [(each["kind"], each["justification"]) for (each,) in others] == [
            ("inSource", "one"),
            ("external", "two"),
        ]

    def test_junit_skips_a_case_of_which_all_is_ignored(self):
        suite = ET.fromstring(written("junit", IGNORED)).find("testsuite")
        assert suite is not None
        assert (suite.get("skipped"), suite.get("failures")) == ("1", "0")
        case = suite.find("testcase[@name='shared-value']")
        skipped = case.find("skipped")
        assert skipped.get("message") == "ignored: app.ORDER_PREFIX: a name for logs"
        more = replace(IGNORED, findings=(PLACED,))
        assert ET.fromstring(written("junit", more)).get("skipped") == "0"

    def test_github_shows_the_line_of_a_comment_in_vain(self):
        assert written("github", IGNORED) == (
            "::notice file=functions/orders/app.py,line=3::functions/orders/app.py:3 ignores "
            "captured-time, which was not found there: remove the comment\n"
            "::notice::pyproject.toml: tool.snapshot-restore.ignore, number 1 ignores timeout at "
            "*, which was not found: remove the entry\n"
        )


class TestConfiguration:
    ENTRY = '[[tool.snapshot-restore.ignore]]\ncode = "{}"\nlocation = "{}"\nreason = "{}"\n'

    @pytest.mark.parametrize("location", ["app.ORDER", "app.*", "app.py", "app.py:3", "*"])
    def test_an_entry_accepts_by_code_and_location(self, functions, location):
        functions.write("pyproject.toml", self.ENTRY.format("shared-value", location, "for logs"))
        _, told = rehearse(functions)
        where = "pyproject.toml: tool.snapshot-restore.ignore, number 1"
        assert codes(told) == ["captured-time"]
        assert ignored(told) == [("shared-value", "for logs", "configuration", where)]

    def test_one_that_accepts_nothing_is_told(self, functions):
        entry = self.ENTRY.format("shared-value", "app.SINCE", "for logs")
        functions.write("pyproject.toml", entry)
        _, told = rehearse(functions)
        assert "shared-value" in codes(told)
        (outdated,) = told["outdated"]
        assert outdated["message"] == (
            "pyproject.toml: tool.snapshot-restore.ignore, number 1 ignores shared-value at "
            "app.SINCE, which was not found: remove the entry"
        )

    def test_one_for_a_function_counts_there_alone(self, functions):
        tables = "".join(
            self.ENTRY.format("shared-value", "*", handler).replace(
                ".ignore", f'.function."{handler}".ignore'
            )
            for handler in ("app.handler", "app.other")
        )
        functions.write("pyproject.toml", tables)
        _, told = rehearse(functions)
        assert [one[1] for one in ignored(told)] == ["app.handler"]
        assert told["outdated"] == []


class TestBaseline:
    def test_what_is_there_is_accepted_and_what_is_new_counts(self, functions):
        baseline = ("--baseline", "baseline.json")
        result, told = rehearse(functions, *baseline, "--write-baseline", source=two())
        assert result.returncode == 0
        assert "[baseline] baseline.json accepts 2 findings of app.handler\n" in result.stderr
        assert codes(told) == []
        assert {one["by"] for one in told["ignored"]} == {"baseline"}
        # Lines above come and go.
        source = "# A line.\n\n" + two()
        result, told = rehearse(functions, *baseline, source=source)
        assert (result.returncode, codes(told), told["outdated"]) == (0, [], [])
        new = "import uuid\nTOKEN = uuid.uuid4().hex\n" + source.replace("ORDER,", "ORDER + TOKEN,")
        result, told = rehearse(functions, *baseline, source=new)
        assert result.returncode == 1
        assert [one["location"] for one in told["findings"]] == ["app.TOKEN"]

    def test_an_entry_that_no_longer_occurs_is_told_until_it_is_written_anew(self, functions):
        baseline = ("--baseline", "baseline.json")
        rehearse(functions, *baseline, "--write-baseline")
        gone = two().replace("time.time()", "0")
        _, told = rehearse(functions, *baseline, source=gone)
        (outdated,) = told["outdated"]
        assert outdated["message"].startswith("baseline.json accepts captured-time at app.SINCE")
        assert "--write-baseline takes it out" in outdated["message"]
        rehearse(functions, *baseline, "--write-baseline", source=gone)
        _, told = rehearse(functions, *baseline, source=gone)
        assert told["outdated"] == []

    def test_one_file_has_many_functions_and_no_values(self, functions):
        root = functions.folder.parent
        call = ("--baseline", "baseline.json", "--write-baseline", "--show-values", "--format=json")
        for name in ("one", "two"):
            functions.write(f"{name}/app.py", two() + "API_KEY = str(uuid.uuid4())\n")
            arguments = ("rehearse", "app.handler", "--path", f"function/{name}", *call)
            assert command(root, *arguments).returncode == 0
        told = json.loads((root / "baseline.json").read_text())
        assert [one["path"] for one in told["functions"]] == ["function/one", "function/two"]
        keys = {key for one in told["functions"] for found in one["findings"] for key in found}
        assert keys == {"id", "code", "where"}
        # From another folder it is the same file and the same function.
        arguments = ("rehearse", "app.handler", "--baseline", "../../baseline.json", *call[-1:])
        assert command(functions.folder / "two", *arguments).returncode == 0

    def test_what_a_comment_accepts_does_not_get_into_it(self, functions):
        arguments = ("--baseline", "b.json", "--write-baseline", "--ignore", "captured-time")
        result, _ = rehearse(functions, *arguments, source=two(SHARED))
        assert result.returncode == 0
        assert json.loads((functions.folder / "b.json").read_text())["functions"] == []

    @pytest.mark.parametrize(
        ("text", "arguments", "expected"),
        [
            (None, ["--baseline", "b.json"], "cannot read the baseline: "),
            (None, ["--baseline", "."], "cannot read the baseline: "),
            (None, ["--write-baseline"], "--write-baseline needs --baseline FILE"),
            (None, ["--baseline", "no/b", "--write-baseline"], "cannot write the baseline: "),
            ("{", ["--baseline", "b.json"], "the baseline b.json is not JSON: "),
            ("[]", ["--baseline", "b.json"], "b.json is no baseline that this version reads"),
            ('{"baseline_version": 2}', ["--baseline", "b.json"], "b.json is no baseline"),
        ],
    )
    def test_wrong_calls_are_told_before_anything_runs(self, functions, text, arguments, expected):
        if text is not None:
            functions.write("b.json", text)
        result, _ = rehearse(functions, *arguments, source="raise SystemExit('was run')")
        assert expected in problem(result)

    def test_one_that_cannot_be_written_is_told(self, functions):
        functions.write("b.json", '{"baseline_version": 1, "functions": []}')
        source = (
            two()
            + "import os\nif os.path.isfile('b.json'): os.remove('b.json'); os.mkdir('b.json')"
        )
        result, _ = rehearse(functions, "--baseline", "b.json", "--write-baseline", source=source)
        assert result.returncode == 2
        assert "cannot write the baseline: " in result.stderr.splitlines()[-1]


class TestSeveralFunctions:
    def test_what_one_of_them_needs_is_not_called_outdated_in_another(self, tmp_path):
        outdated, unneeded = IGNORED.outdated
        ignored = Ignored(CLOCK, "how old it is", outdated.by, outdated.where)
        one, two = IGNORED, report(handler="app.other", ignored=(ignored,))
        for number, each in enumerate((one, two, ALL["the import failed"])):
            (tmp_path / f"{number}.json").write_text(json.dumps(each.as_json()))
        result = command(tmp_path, "report", "0.json", "1.json", "2.json", "--format", "json")
        told = json.loads(result.stdout)["reports"]
        assert [each["where"] for each in told[0]["outdated"]] == [unneeded.where]
        alone = json.loads(command(tmp_path, "report", "0.json", "--format", "json").stdout)
        assert len(alone["outdated"]) == 2
