"""What the command writes into files, and the reports that are made of those."""

from __future__ import annotations

import copy
import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from snapshot_restore_py import __version__
from snapshot_restore_py._rehearsal.findings import codes
from snapshot_restore_py._rehearsal.reports import forms, reporter
from snapshot_restore_py._rehearsal.reports.html import page
from snapshot_restore_py._rehearsal.telling.masking import masked
from snapshot_restore_py._rehearsal.telling.reading import UnreadableError, read
from snapshot_restore_py._rehearsal.telling.report import Several, each
from tests.conftest import ROOT, Site
from tests.rehearsal.command import LIMIT, Functions, on_a_terminal
from tests.rehearsal.ready_command import READY
from tests.rehearsal.reports import ALL, CLOCK, FAILURE, PLACED, RUN, SHARED, report

if TYPE_CHECKING:
    from pathlib import Path

WARNS = """\
import time
NOW = time.time()
def handler(event, context):
    return {"token": "ghp_0123456789abcdef", "since": NOW}
"""
FAILS = "import nothing_of_that_name\n"


def command(folder: Path, *arguments: str, path: object = ROOT, **options):
    variables = {**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}", "COLUMNS": "80"}
    if path == ROOT and not options:
        found = READY.run(arguments, folder, variables, LIMIT)
        return subprocess.CompletedProcess(arguments, *found)
    return subprocess.run(
        [sys.executable, "-m", "snapshot_restore_command", *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        **options,
    )


def rehearse(functions: Functions, source: str, *arguments: str, **options):
    functions.write("app.py", source)
    return command(functions.folder, "rehearse", "app.handler", *arguments, **options)


def problem(result) -> str:
    """Return the one line in which a command says why a call is wrong."""
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture
def written(tmp_path: Path) -> Path:
    for name, one in {"one": report(findings=(CLOCK,)), "two": FAILURE}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(one.as_json()))
    return tmp_path


class TestFiles:
    def test_one_run_writes_every_form(self, functions):
        names = {form: f"report.{form}" for form in forms()}
        outputs = [f"--output={form}={name}" for form, name in names.items()]
        result = rehearse(functions, WARNS, *outputs)
        assert result.returncode == 0
        assert "1 warning in app.handler" in result.stdout
        for name in names.values():
            file = functions.folder / name
            assert "captured-time" in file.read_text(encoding="utf-8")
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert "0123456789abcdef" not in file.read_text(encoding="utf-8")
        assert sorted(os.listdir(functions.folder)) == sorted(["app.py", *names.values()])

    def test_what_could_not_start_is_written_too(self, functions):
        result = rehearse(functions, FAILS, "--output", "json=r.json", "--output", "junit=r.xml")
        assert result.returncode == 3
        assert result.stdout == ""
        told = json.loads((functions.folder / "r.json").read_text())
        assert "ModuleNotFoundError" in told["error"]
        assert "<error " in (functions.folder / "r.xml").read_text()

    def test_any_form_may_be_what_is_printed(self, functions):
        result = rehearse(functions, FAILS, "--format", "github")
        assert result.returncode == 3
        assert result.stdout.startswith("::error::app.handler could not be rehearsed")

    def test_one_may_go_to_standard_output_after_what_is_printed(self, functions):
        result = rehearse(functions, WARNS, "--output", "github=-")
        last = result.stdout.splitlines()[-1]
        assert last.startswith("::warning file=app.py,line=2,title=captured-time in app.handler::")

    def test_files_are_told_from_the_root_of_the_repository(self, functions):
        root = functions.folder.parent
        (root / ".git").mkdir()
        rehearse(functions, WARNS, "--output", "github=r.txt")
        assert "file=function/app.py,line=2," in (functions.folder / "r.txt").read_text()
        command(root, "rehearse", "app.handler", "--path", "function", "--output", "github=r.txt")
        assert "file=function/app.py,line=2," in (root / "r.txt").read_text()

    def test_a_folder_outside_is_told_whole(self, functions, tmp_path):
        functions.write("app.py", WARNS)
        here = tmp_path / "here"
        here.mkdir()
        result = command(
            here, *("rehearse", "app.handler", "--path", "../function", "--format", "github")
        )
        assert f"file={functions.folder.resolve()}/app.py,line=2," in result.stdout

    def test_the_run_is_told(self, functions, tmp_path):
        (tmp_path / "event.json").write_text('{"order": 7, "api_key": "0123456789"}')
        result = rehearse(
            functions,
            WARNS,
            *("--event", str(tmp_path / "event.json"), "--format", "json"),
            *("--documentation", "https://docs.example/", "--fail-on", "warning"),
        )
        assert result.returncode == 1
        told = json.loads(result.stdout)
        assert told["version"] == __version__
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["date"])
        assert told["event"] == {"order": 7, "api_key": "01... (10 long)"}
        assert told["fail_on"] == "warning"
        (finding,) = told["findings"]
        address = "https://docs.example/reference/findings/captured-time.html"
        assert finding["link"] == address


class TestWrongCalls:
    @pytest.mark.parametrize(
        ("output", "expected"),
        [
            ("sarif", "--output sarif: it is written FORMAT=FILE"),
            ("sarif=", "--output sarif=: it is written FORMAT=FILE"),
            ("sarf=x", "there is no format 'sarf'. Is it sarif? Formats: github, gitlab, html, "),
            ("zzz=x", "there is no format 'zzz'. Formats: github, gitlab, html, json, "),
            ("html=no/x", "cannot write the page: "),
            ("junit=no/x", "cannot write the report as junit: "),
            ("html=x", "two reports would be written into "),
        ],
    )
    def test_they_are_told_before_anything_runs(self, functions, output, expected):
        source = "raise SystemExit('was run')"
        result = rehearse(functions, source, "--output", output, "--output", "json=x")
        assert expected in problem(result)

    def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(self, functions):
        (functions.folder / "folder").mkdir()
        result = rehearse(functions, WARNS, "--output", "junit=folder")
        assert result.returncode == 2
        assert "cannot write the report as junit: " in result.stderr.splitlines()[-1]
        assert {*os.listdir(functions.folder)} == {"app.py", "folder"}

    def test_a_form_that_needs_rich_says_so_before_anything_runs(self, functions, site: Site):
        site.write({"rich": "raise ImportError"})
        arguments = ("--format", "json", "--output", "text=x")
        source = "raise SystemExit('was run')"
        assert "pip install 'rich>=13'" in problem(
            rehearse(functions, source, *arguments, path=site.path)
        )

    def test_an_address_has_to_be_one(self, functions):
        result = rehearse(functions, WARNS, "--documentation", "docs.example")
        assert result.returncode == 2
        assert "'docs.example' does not begin with https://" in result.stderr

    def test_a_finding_to_ignore_that_there_is_not_has_the_right_word(self, functions):
        result = rehearse(functions, WARNS, "--ignore", "captured-tim")
        assert "there is no finding 'captured-tim' to ignore. Is it captured-time? " in problem(
            result
        )


class TestStatus:
    @pytest.mark.parametrize(
        ("level", "expected"), [("error", (1, 1, 0)), ("warning", (0, 1, 0)), ("note", (0, 0, 0))]
    )
    def test_the_least_level_that_fails_can_be_chosen(self, written, level, expected):
        (written / "x.json").write_text(
            json.dumps(
                report(findings=(CLOCK.__class__(**{**vars(CLOCK), "level": level}),)).as_json()
            )
        )
        chosen = [
            command(written, "report", "x.json", "--fail-on", one).returncode
            for one in ("error", "warning", "never")
        ]
        assert tuple(chosen) == expected

    def test_one_of_several_counts(self, written):
        assert command(written, "report", "one.json").returncode == 0
        assert command(written, "report", "one.json", "two.json").returncode == 3


class TestReport:
    @pytest.mark.parametrize("title", ALL)
    def test_what_was_written_is_read_whole(self, title):
        told = json.loads(json.dumps(ALL[title].as_json()))
        found = read(told)
        again = found[0] if len(found) == 1 else Several(found)
        assert again.as_json() == told
        assert page(again) == page(ALL[title])

    def test_masked_values_stay_as_they_are(self):
        for one in ALL.values():
            for two in each(one):
                once = masked(two)
                assert masked(once) == once

    def test_several_files_make_one_report_in_any_form(self, written):
        together = ("--output", "json=all.json", "--output", "html=all.html")
        result = command(written, "report", "one.json", "two.json", *together, "--format", "junit")
        assert result.stdout.count("<testsuite ") == 2
        told = json.loads((written / "all.json").read_text())
        assert [one["handler"] for one in told["reports"]] == ["app.handler"] * 2
        assert not told["ok"]
        assert "Rehearsal of 2 functions" in (written / "all.html").read_text()
        again = command(written, "report", "all.json", "one.json", "--format", "json")
        assert len(json.loads(again.stdout)["reports"]) == 3

    def test_text_has_one_function_after_the_other(self, written):
        result = command(written, "report", "one.json", "two.json")
        first, _, rest = result.stdout.partition("\napp.handler could not be rehearsed")
        second, third = rest.split("\n\n")
        assert "captured-time" in first
        assert "ZeroDivisionError" in second
        assert third.startswith("2 rehearsals, 1 with errors:\n  1 warning in app.handler after")

    def test_standard_input_is_a_file_too(self, written):
        text = (written / "one.json").read_text()
        result = command(written, "report", "-", "--format", "json", input=text)
        assert json.loads(result.stdout) == json.loads(text)

    def test_values_are_masked_unless_they_are_to_be_shown(self, written):
        token = "ghp_0123456789abcdef"
        shown = report(run=replace(RUN, event={"x": token}))
        (written / "x.json").write_text(json.dumps(shown.as_json()))
        arguments = ("report", "x.json", "--format", "json")
        assert token not in command(written, *arguments).stdout
        assert token in command(written, *arguments, "--show-values").stdout

    def test_the_address_of_the_documentation_can_be_said_later(self, written):
        result = command(
            written,
            *("report", "one.json", "--documentation", "https://docs.example", "--format", "html"),
        )
        assert 'href="https://docs.example/reference/findings/captured-time.html"' in result.stdout

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (None, "cannot read x.json: "),
            ("{", "x.json is not JSON: "),
            ("[" * 100_000, "x.json is not JSON: "),
            ("[]", "x.json is no report of snapshot-restore"),
            ('{"ok": true}', "x.json is no report of snapshot-restore"),
            ('{"schema_version": 99}', "x.json is a report with schema_version 99; "),
            ('{"schema_version": 1}', "x.json is a report that is not as the schema says: lacks"),
            ('{"schema_version": 1, "reports": []}', "x.json tells of no function"),
        ],
    )
    def test_what_is_no_report_is_told(self, written, text, expected):
        if text is not None:
            (written / "x.json").write_text(text)
        assert expected in problem(command(written, "report", "one.json", "x.json"))

    def test_each_part_has_to_be_of_its_type(self):
        whole = json.loads(json.dumps(ALL["second calls and callers"].as_json()))
        whole["findings"] += report(findings=(PLACED,)).as_json()["findings"]
        whole = json.loads(json.dumps(whole))
        for path in paths(whole):
            if {"event", "ok", "result", "link", "fix"} & {*path}:
                continue
            if path[-1] == "text" and "additions" in path:
                continue  # made of the hooks
            broken = copy.deepcopy(whole)
            place = broken
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = {"other": None} if path[-1] != "phases" else 5
            with pytest.raises(UnreadableError):
                read(broken)

    @pytest.mark.parametrize("number", [True, -1, "3", None])
    def test_a_number_has_to_be_one_of_something(self, number):
        whole = json.loads(json.dumps(report().as_json()))
        with pytest.raises(UnreadableError):
            read({**whole, "restores": number})

    def test_code_that_a_fix_has_not_is_told(self):
        whole = json.loads(json.dumps(report(findings=(SHARED,)).as_json()))
        whole["findings"][0]["additions"] = []
        with pytest.raises(UnreadableError, match="less additions"):
            read(whole)


def paths(value, above=()):
    """Yield the way to each part of a JSON value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in parts:
        yield (*above, name)
        if isinstance(part, (dict, list)):
            yield from paths(part, (*above, name))


class TestWords:
    def test_explain_prints_the_page_of_each_finding(self, tmp_path):
        result = command(tmp_path, "explain", "shared-value")
        assert result.returncode == 0
        (page,) = [code.page for code in codes() if code.name == "shared-value"]
        assert result.stdout == page

    def test_on_a_terminal_the_page_is_laid_out_if_it_can_be(self, tmp_path, site: Site):
        shown = explained_on_a_terminal(tmp_path, ROOT)
        assert "\x1b[" in shown
        assert "## What to do" not in shown
        site.write({"rich": "raise ImportError"})
        assert "## What to do" in explained_on_a_terminal(tmp_path, site.path)

    def test_an_unknown_code_has_the_right_word(self, tmp_path):
        line = problem(command(tmp_path, "explain", "shred-value"))
        assert "there is no finding 'shred-value'. Is it shared-value? Codes: disturbed, " in line
        assert "'zzz'. Codes: disturbed, " in problem(command(tmp_path, "explain", "zzz"))

    def test_schema_prints_the_schema(self, tmp_path):
        schema = json.loads(command(tmp_path, "schema").stdout)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"

    def test_the_schema_is_one_that_a_library_takes(self, tmp_path):
        jsonschema = pytest.importorskip("jsonschema", reason="jsonschema needs Python 3.9 to 3.14")
        schema = json.loads(command(tmp_path, "schema").stdout)
        jsonschema.Draft202012Validator.check_schema(schema)
        for one in ALL.values():
            jsonschema.validate(json.loads(json.dumps(one.as_json())), schema)

    def test_version_is_told(self, tmp_path):
        assert command(tmp_path, "--version").stdout == f"snapshot-restore {__version__}\n"

    def test_each_form_is_a_module_that_the_help_names(self, tmp_path):
        helped = " ".join(command(tmp_path, "rehearse", "--help").stdout.split())
        assert f"what is printed: {', '.join(forms())} (default: text)" in helped
        assert all(callable(reporter(form).write) for form in forms())


def explained_on_a_terminal(folder: Path, path: object) -> str:
    status, shown = on_a_terminal(
        ["explain", "shared-value"], folder, PYTHONPATH=f"{path}{os.pathsep}{ROOT}"
    )
    assert status == 0
    return shown
