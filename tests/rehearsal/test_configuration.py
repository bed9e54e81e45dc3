"""What `[tool.snapshot-restore]` in a file says, and the command line's word over it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from snapshot_restore_py._command import _parser
from tests.rehearsal.test_outputs import command, problem

if TYPE_CHECKING:
    from tests.conftest import Site
    from tests.rehearsal.command import Functions

SHOWS = """\
import os
def handler(event, context):
    return [event, os.environ.get("STAGE"), os.environ.get("TABLE"), os.environ.get("REGION")]
"""
STOPS = "raise SystemExit('was run')"
TABLE = "[tool.snapshot-restore]\n"


def rehearse(functions: Functions, *arguments: str, source: str = SHOWS, **options: Any) -> Any:
    functions.write("app.py", source)
    return command(functions.folder, "rehearse", "app.handler", *arguments, **options)


def told(functions: Functions, *arguments: str, **options: Any) -> Any:
    result = rehearse(functions, *arguments, **options)
    assert result.stdout, result.stderr
    return json.loads(result.stdout)


def result_of(report: Any) -> Any:
    return report["phases"]["invoke"][0]["result"]


class TestOptions:
    def test_all_of_them_can_be_said(self, functions):
        functions.write("events/order.json", '{"order": 7}')
        functions.write(".env", "TABLE=orders\n")
        functions.write(
            "pyproject.toml",
            TABLE
            + """
            format = "json"
            output = ["junit=report.xml"]
            html = "report.html"
            patch = "report.patch"
            event = "events/order.json"
            env = { STAGE = "test" }
            env-file = ".env"
            fail-on = "warning"
            documentation = "https://docs.example/"
            restores = 2
            timeout = 20
            own = ["company", "company.*"]
            expect-failure = ["NoCredentialsError"]
            no-aws = true
            no-second-call = true
            show-values = true
            traceback = true
            """,
        )
        report = told(functions)
        assert result_of(report) == [{"order": 7}, "test", "orders", None]
        assert (report["restores"], report["fail_on"]) == (2, "warning")
        assert report["phases"]["second_call"] == [None, None]
        assert report["documentation"] == "https://docs.example"
        # It did not fail as was expected, which is a warning.
        assert [one["code"] for one in report["findings"]] == ["no-expected-failure"]
        for name in ("report.xml", "report.html", "report.patch"):
            assert (functions.folder / name).exists()

    def test_each_option_is_a_key_but_those_of_one_call(self, functions):
        functions.write("pyproject.toml", f"{TABLE}zzz = 1")
        said = problem(rehearse(functions, source=STOPS))
        keys = said.partition("Keys: ")[2].strip().split(", ")
        options = {f"--{key}" for key in keys} - {"--function"}
        helped = command(functions.folder, "rehearse", "--help").stdout
        assert all(option in helped for option in options)
        actions = _parser().parse_args(["rehearse", "app.handler"]).parser._actions
        all_of_them = {name for one in actions for name in one.option_strings if name[1] == "-"}
        assert all_of_them - options == {"--help", "--config", "--write-baseline"}

    def test_the_nearest_table_upwards_from_the_functions_folder_counts(self, functions):
        root = functions.folder.parent
        (root / "pyproject.toml").write_text(f'{TABLE}env = {{ STAGE = "root" }}\nformat = "json"')
        # This one has no such table.
        functions.write("pyproject.toml", "[project]\ndependencies = ['snapshot-restore']\n")
        assert result_of(told(functions))[1] == "root"
        functions.write("pyproject.toml", f'{TABLE}format = "json"')
        assert result_of(told(functions))[1] is None

    def test_files_are_told_from_the_configurations_folder(self, functions):
        root = functions.folder.parent
        (root / "pyproject.toml").write_text(
            f"{TABLE}format = 'github'\nevent = 'order.json'\npath = 'function'\n"
            "output = ['json=r.json', 'github=-']\n"
        )
        (root / "order.json").write_text("[1]")
        (root / "empty").mkdir()
        functions.write("app.py", SHOWS)
        result = command(root / "empty", "rehearse", "app.handler")
        assert result.returncode == 0
        assert result_of(json.loads((root / "r.json").read_text()))[0] == [1]
        result = command(root / "empty", "rehearse", "app.handler", "--path", ".")
        assert "No module named 'app'" in result.stderr

    def test_there_may_be_several_events(self, functions):
        functions.write("one.json", "[1]")
        table = f'{TABLE}event = ["one.json", "{{}}"]\nformat = "json"\nrestores = 2'
        functions.write("pyproject.toml", table)
        report = told(functions)
        assert [result_of(one)[0] for one in report["reports"]] == [[1], {}]
        names = [one["event_name"] for one in report["reports"]]
        assert names == [str(functions.folder / "one.json"), "event 2"]
        assert [one["function"] for one in report["reports"]] == [None, None]

    def test_a_patch_is_for_one_of_them(self, functions):
        functions.write("pyproject.toml", f'{TABLE}event = ["[]", "{{}}"]')
        said = problem(rehearse(functions, "--patch", "x.patch", source=STOPS))
        assert "--patch does not go with several events" in said

    def test_standard_input_may_be_the_event(self, functions):
        functions.write("pyproject.toml", f'{TABLE}event = "-"\nformat = "json"')
        assert result_of(told(functions, input='{"order": 8}'))[0] == {"order": 8}

    def test_another_file_can_be_named(self, functions, tmp_path):
        (tmp_path / "ci.toml").write_text(f'{TABLE}restores = 2\nformat = "json"')
        functions.write("pyproject.toml", f"{TABLE}restores = 4")
        assert told(functions, "--config", "../ci.toml")["restores"] == 2


class TestWhoWins:
    def test_the_command_line_does(self, functions):
        functions.write(
            "pyproject.toml",
            TABLE + 'restores = 4\nown = ["x"]\nformat = "text"\nno-aws = true\n'
            'no-second-call = true\nexpect-failure = ["KeyError"]\nfail-on = "warning"\n',
        )
        arguments = ("--restores", "2", "--second-call", "--aws", "--format", "json")
        arguments += ("--expect-failure", "ValueError", "--fail-on", "never")
        report = told(functions, *arguments)
        assert (report["restores"], report["fail_on"]) == (2, "never")
        assert report["phases"]["second_call"][0]
        (finding,) = report["findings"]
        assert "ValueError" in finding["message"] + finding["location"]

    def test_the_functions_own_table_is_more_than_the_one_for_all(self, functions):
        functions.write(
            "pyproject.toml",
            """
            [tool.snapshot-restore]
            format = "json"
            restores = 4
            no-second-call = true
            env = { STAGE = "all", TABLE = "all" }
            [tool.snapshot-restore.function."app.handler"]
            restores = 2
            second-call = true
            env = { STAGE = "mine" }
            [tool.snapshot-restore.function."app.other"]
            restores = 5
            """,
        )
        report = told(functions, "--env", "REGION=given")
        assert report["restores"] == 2
        assert report["phases"]["second_call"][0]
        assert result_of(report)[1:] == ["mine", "all", "given"]
        assert result_of(told(functions, "--env", "STAGE=given"))[1] == "given"

    def test_a_file_of_variables_on_the_command_line_stands_for_all_configured_ones(
        self, functions
    ):
        functions.write(
            "pyproject.toml", f'{TABLE}format = "json"\nenv = {{ STAGE = "x", TABLE = "x" }}'
        )
        functions.write("given.env", "STAGE=given")
        assert result_of(told(functions, "--env-file", "given.env"))[1:3] == ["given", None]


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                "fail-onn = 1",
                ": tool.snapshot-restore.fail-onn: there is no such key. Is it fail-on? K",
            ),
            ("zzz = 1", ": tool.snapshot-restore.zzz: there is no such key. Keys: path, "),
            (
                'function."a.b".restore = 1',
                ': tool.snapshot-restore.function."a.b".restore: there is no such key. '
                "Is it restores?",
            ),
            ("function = 1", ": tool.snapshot-restore.function: it has to be a table"),
            ("function.x = 1", ': tool.snapshot-restore.function."x": it has to be a table'),
            ("restores = '3'", ".restores: it has to be a whole number, not '3'"),
            ("restores = true", ".restores: it has to be a whole number, not True"),
            ("restores = 2.5", ".restores: it has to be a whole number, not 2.5"),
            ("timeout = 'x'", ".timeout: it has to be a number, not 'x'"),
            ("no-aws = 1", ".no-aws: it has to be true or false, not 1"),
            ("own = 'x'", ".own: it has to be a list of texts, not 'x'"),
            ("own = [1]", ".own: it has to be a text, not 1"),
            ("shard = ['x']", ".shard: it has to be one value, not ['x']"),
            ("path = 1", ".path: it has to be a text, not 1"),
            ("env = ['A=b']", ".env: it has to be a table"),
            ("env.A = 1", ".env.A: it has to be a text, not 1"),
            ("format = 'jsn'", ".format: there is no 'jsn'. Is it json? It is one of: github, "),
            ("fail-on = 'zzz'", ".fail-on: there is no 'zzz'. It is one of: error, warning, never"),
            ("documentation = 'x'", ".documentation: 'x' does not begin with https://"),
            ("ignore = 1", ".ignore: it has to be tables: [[tool.snapshot-restore.ignore]]"),
            ("ignore = ['timeout']", ".ignore, number 1: it has to be a table"),
            ("ignore = [{code = 'timeout', location = '*'}]", "number 1: it needs a reason"),
            ("ignore = [{code = 'timeout', reason = 'x'}]", "number 1: it needs a location"),
            ("ignore = [{code = 1}]", "number 1, code: it has to be a text, not 1"),
            ("ignore = [{reson = 'x'}]", "number 1, reson: there is no such key. Is it reason?"),
            ("ignore = [{zz = 'x'}]", "number 1, zz: there is no such key. Keys: code, "),
            (
                "ignore = [{code = 'timout', location = '*', reason = 'x'}]",
                "number 1, code: there is no finding 'timout' to ignore. Is it timeout?",
            ),
            ("output = ['sarf=x']", "there is no format 'sarf'. Is it sarif?"),
            ("output = ['sarif']", "--output sarif: it is written FORMAT=FILE"),
            ("path = 'nowhere'", "nowhere is not a folder"),
            ("timeout = 0", "--timeout has to be a positive number of seconds"),
            ("a = [", " is not TOML: "),
        ],
    )
    def test_they_are_told_where_they_were_written(self, functions, text, expected):
        functions.write("pyproject.toml", f"{TABLE}{text}")
        said = problem(rehearse(functions, source=STOPS))
        assert said.startswith("snapshot-restore: ")
        assert expected in said
        if expected.startswith((":", ".", "number", " is")):
            assert str(functions.folder / "pyproject.toml") in said

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (None, "cannot read the configuration x.toml: "),
            (b"\xff", "cannot read the configuration x.toml: "),
            (b"[tool.other]\n", "x.toml has no table [tool.snapshot-restore]"),
            (b"tool = 'snapshot-restore'\n", "x.toml has no table [tool.snapshot-restore]"),
            (
                b"[tool]\nsnapshot-restore = 1",
                "x.toml: tool.snapshot-restore: it has to be a table",
            ),
        ],
    )
    def test_a_file_that_is_named_has_to_have_the_table(self, functions, text, expected):
        if text is not None:
            (functions.folder / "x.toml").write_bytes(text)
        assert expected in problem(rehearse(functions, "--config", "x.toml", source=STOPS))


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="Python 3.11 has tomllib")
class TestWithoutTomli:
    def test_a_table_that_cannot_be_read_is_told(self, functions, site: Site):
        site.write({"tomli": "raise ImportError"})
        functions.write("pyproject.toml", TABLE)
        result = rehearse(functions, source=STOPS, path=site.path)
        assert "needs tomli before Python 3.11: pip install tomli" in problem(result)

    def test_other_files_are_left_alone(self, functions, site: Site):
        site.write({"tomli": "raise ImportError"})
        functions.write("pyproject.toml", "[project]\ndependencies = ['snapshot-restore']\n")
        assert rehearse(functions, "--format", "json", path=site.path).returncode == 0
