"""The command `snapshot-restore`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from snapshot_restore_py._rehearsal.findings import codes
from tests.conftest import ROOT, Interpreter, Site

PLUGIN = "print('loaded')\ndef before_snapshot(): pass\nasync def after_restore(): pass\n"
HANDLER = """
    import functools
    from snapshot_restore_py import *

    print("the handler's own output")

    @register_before_snapshot
    def close(): pass

    class Cache:
        def refresh(self): pass

    register_before_snapshot(functools.partial(close))
    register_after_restore(Cache().refresh)
    register_after_restore(print, "restored")
    def handler(event, context): pass
"""

CANNOT = "cannot import the handler '{handler}': "
EARLY = "the process that imported the handler '{handler}' ended early: it ended "


@pytest.fixture
def function(interpreter: Interpreter) -> Site:
    """The folder of a Lambda function, which is the working directory too."""
    function = Site(interpreter.cwd)
    function.write({"app": HANDLER})
    return function


@pytest.fixture
def command(interpreter, site):
    def run(*arguments: str, env: dict[str, str] | None = None, path=(site,)):
        return interpreter.launch(["-m", "snapshot_restore_command", *arguments], *path, env=env)

    return run


class TestHooks:
    def test_they_are_shown_in_the_order_in_which_they_run(self, command, function, site):
        site.add("my-lib", {"mine": "my_lib"}, {"my_lib": PLUGIN}, version="1.2")
        result = command("hooks", "app.handler")
        assert result.returncode == 0
        assert result.stdout == (
            "NAME  DISTRIBUTION  VERSION  STATUS\n"
            "mine  my-lib        1.2      loaded\n"
            "\n"
            "Before the snapshot, in the order in which they run:\n"
            "  1. app.close (explicit)\n"
            "     app.py, line 7\n"
            "  2. app.close (explicit)\n"
            "     app.py, line 7\n"
            "  3. my_lib.before_snapshot (plugin mine)\n"
            f"     {short(site.path / 'my_lib.py')}, line 2\n"
            "\n"
            "After each restore, in the order in which they run:\n"
            "  1. my_lib.after_restore (plugin mine)\n"
            f"     {short(site.path / 'my_lib.py')}, line 3\n"
            "  2. app.Cache.refresh (explicit)\n"
            "     app.py, line 11\n"
            "  3. builtins.print (explicit)\n"
        )
        assert max(map(len, result.stdout.splitlines())) <= 80

    def test_the_functions_own_output_goes_to_standard_error(self, command, function, site):
        site.add("my-lib", {"mine": "my_lib"}, {"my_lib": PLUGIN})
        result = command("hooks", "app.handler", "--format", "json")
        assert sorted(result.stderr.splitlines()) == ["loaded", "the handler's own output"]

    def test_json_has_everything(self, command, function, site):
        site.add("my-lib", {"mine": "my_lib"}, {"my_lib": PLUGIN})
        result = command("hooks", "app.handler", "--format", "json")
        report = json.loads(result.stdout)
        assert report["handler"] == "app.handler"
        assert report["path"] == str(function.path)
        assert report["plugins"] == [
            {
                "name": "mine",
                "distribution": "my-lib",
                "version": "1.0",
                "value": "my_lib",
                "status": "loaded",
                "error": None,
                "seconds": report["plugins"][0]["seconds"],
                "modules": report["plugins"][0]["modules"],
            }
        ]
        assert 0 < report["plugins"][0]["seconds"] < 60
        assert "my_lib" in report["plugins"][0]["modules"]
        assert report["problems"] == []
        app = str(function.path / "app.py")
        assert report["before_snapshot"][0] == {
            "name": "app.close",
            "plugin": None,
            "file": app,
            "line": 7,
        }
        assert report["after_restore"] == [
            {
                "name": "my_lib.after_restore",
                "plugin": "mine",
                "file": str(site.path / "my_lib.py"),
                "line": 3,
            },
            {"name": "app.Cache.refresh", "plugin": None, "file": app, "line": 11},
            {"name": "builtins.print", "plugin": None, "file": None, "line": None},
        ]

    @pytest.mark.parametrize("handler", ["pkg/module.handler", "pkg.module.handler"])
    def test_a_handler_in_a_package_can_be_named_both_ways(self, command, function, handler):
        function.write({"pkg.module": "def handler(event, context): pass"})
        result = command("hooks", handler)
        assert result.stdout == (
            "No plugins are installed.\n\nBefore the snapshot: no hooks.\n\n"
            "After each restore: no hooks.\n"
        )

    def test_the_function_runs_as_in_lambda(self, command, function, tmp_path):
        other = Site(tmp_path / "other")
        other.write(
            {
                "app": """
                    import os, sys
                    from pathlib import Path
                    print(os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], os.environ["_HANDLER"])
                    print(Path.cwd(), sys.path[0], os.environ["LAMBDA_TASK_ROOT"])
                    def handler(event, context): pass
                """
            }
        )
        result = command("hooks", "app.handler", "--path", str(other.path))
        assert result.returncode == 0
        assert result.stderr == f"snap-start app.handler\n{' '.join([str(other.path)] * 3)}\n"

    def test_plugins_in_the_functions_folder_count(self, command, function):
        function.add("inside", {"inside": "inside"}, {"inside": PLUGIN})
        assert "inside  inside" in command("hooks", "app.handler").stdout

    @pytest.mark.parametrize(
        ("handler", "problem"),
        [
            ("missing.handler", CANNOT + "ModuleNotFoundError: No module named 'missing'"),
            ("broken.handler", CANNOT + "ValueError: two lines ({path}/broken.py, line 1)"),
            ("exits.handler", CANNOT + "SystemExit ({path}/exits.py, line 1)"),
            ("leaves.handler", EARLY + "with status 7"),
            ("app.missing", "the module 'app' has no function 'missing'"),
            ("app", "the handler 'app' has no dot: write module.function"),
        ],
    )
    def test_a_handler_that_cannot_be_imported_is_one_clear_line(
        self, command, function, handler, problem
    ):
        function.write(
            {
                "app": "",
                "broken": "raise ValueError('two\\nlines')",
                "leaves": "import os; os._exit(7)",
                "exits": "raise SystemExit",
            }
        )
        result = command("hooks", handler)
        assert result.returncode == 2
        assert result.stdout == ""
        problem = problem.format(handler=handler, path=function.path)
        assert result.stderr == f"snapshot-restore: {problem}\n"

    def test_a_copy_of_awss_module_in_the_functions_folder_is_named(self, command, tmp_path):
        other = Site(tmp_path / "other")
        other.write({"snapshot_restore_py": "__version__ = '1.0.0'\n", "app": "handler = 1"})
        result = command("hooks", "app.handler", "--path", str(other.path))
        assert result.returncode == 2
        assert "another snapshot_restore_py" in result.stderr
        assert "snapshot_restore_py.py (version 1.0.0)" in result.stderr


class TestPlugins:
    def test_a_failed_one_shows_its_error_and_gives_status_1(self, command, site):
        site.add("broken", {"broken": "broken"}, {"broken": f"raise OSError({'word ' * 30!r})"})
        result = command("plugins")
        assert result.returncode == 1
        assert result.stderr == ""
        lines = result.stdout.splitlines()
        assert lines[:3] == [
            "NAME    DISTRIBUTION  VERSION  STATUS",
            "broken  broken        1.0      failed",
            "  OSError: word word word word word word word word word word word word word word",
        ]
        assert max(map(len, lines)) <= 80

    def test_a_reader_that_has_read_enough_is_no_error_of_the_command(self, site):
        site.add("lib", {"lib": "lib"}, {"lib": "def after_restore(): pass"})
        read, write = os.pipe()
        os.close(read)
        result = subprocess.run(
            [sys.executable, "-m", "snapshot_restore_command", "plugins"],
            env={**os.environ, "PYTHONPATH": f"{site.path}{os.pathsep}{ROOT}"},
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=300,
        )
        os.close(write)
        assert (result.returncode, result.stderr) == (141, b"")

    def test_disabled_ones_are_shown_as_such(self, command, site):
        site.add("lib", {"lib": "lib"}, {"lib": PLUGIN})
        result = command("plugins", env={"SNAPSHOT_RESTORE_PLUGINS": "none"})
        assert result.returncode == 0
        assert result.stdout.splitlines()[1] == "lib   lib           1.0      disabled"

    def test_the_command_works_where_only_its_own_folder_has_the_package(self, tmp_path):
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        result = subprocess.run(
            [sys.executable, "-m", "snapshot_restore_command", "plugins", "--path", str(tmp_path)],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == "No plugins are installed.\n"

    def test_json_has_them_alone(self, command, site):
        result = command("plugins", "--format", "json")
        assert set(json.loads(result.stdout)) == {"path", "plugins", "problems"}

    @pytest.mark.parametrize(
        ("env", "problem"),
        [
            (
                {"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"},
                "plugin 'lib' of lib 1.0 (lib = lib) failed, none of its hooks are registered: "
                "ZeroDivisionError: division by zero",
            ),
            (
                {"SNAPSHOT_RESTORE_PLUGINS": "a,-b"},
                "SNAPSHOT_RESTORE_PLUGINS='a,-b' mixes plugins to load and plugins to leave out. "
                "Write either 'a,b' to load exactly these, or '-a,-b' to load all but these.",
            ),
        ],
    )
    def test_a_plugin_error_is_one_line_and_gives_status_1(self, command, site, env, problem):
        site.add("lib", {"lib": "lib"}, {"lib": "1 / 0"})
        result = command("plugins", env=env)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == f"snapshot-restore: {problem}\n"

    def test_other_warnings_of_the_function_are_shown(self, command, function, site):
        site.add("lib", {"lib": "lib"}, {"lib": "import warnings\nwarnings.warn('old')\n" + PLUGIN})
        assert "UserWarning: old" in command("plugins").stderr

    def test_the_plugins_are_not_loaded_in_the_commands_own_process(self, command, site):
        site.add("lib", {"lib": "lib"}, {"lib": PLUGIN})
        assert command("plugins").stderr == "loaded\n"

    def test_nor_when_the_command_is_started_by_its_own_name(self, site):
        site.add("lib", {"lib": "lib"}, {"lib": PLUGIN})
        result = subprocess.run(
            [Path(sys.executable).with_name("snapshot-restore"), "plugins"],
            env={**os.environ, "PYTHONPATH": f"{site.path}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert (result.returncode, result.stderr) == (0, "loaded\n")

    def test_the_choice_in_the_environment_is_not_the_commands_but_the_functions(
        self, command, site
    ):
        site.add("lib", {"lib": "lib"}, {"lib": PLUGIN})
        result = command("plugins", env={"SNAPSHOT_RESTORE_PLUGINS": "-lib"})
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.splitlines()[1].endswith("disabled")

    def test_the_package_run_as_a_program_is_the_command(self, site, interpreter):
        site.add("lib", {"lib": "lib"}, {"lib": "def after_restore(): pass"})
        result = interpreter.launch(["-m", "snapshot_restore_py", "plugins"], site)
        assert result.stdout.splitlines()[1].endswith("loaded")

    def test_what_each_one_cost_is_shown(self, command, site):
        modules = {"lib": "import lib.inner, string", "lib.inner": PLUGIN, "lib.snapshot": PLUGIN}
        site.add("lib", {"lib": "lib.snapshot"}, modules)
        cost = command("plugins").stdout.splitlines()[2]
        assert re.fullmatch(r"  \d+\.\d ms, imported lib \(3 modules\).*", cost)

    def test_what_hides_plugins_is_told(self, command, site):
        site.add("one", "[snapshot-restore-py]\none = one\n")
        site.add("two", "[snapshot_restore]\ntwo = two\n[pytest11]\nthree = three\n")
        site.add("two", version="2.0", info="egg-info")
        site.add("broken", b"[\xff]\n")
        site.add("~wo", version="1.0")  # as pip leaves it
        text = " ".join(command("plugins").stdout.split())
        assert text == (
            "No plugins are installed. Warning: two has 2 metadata folders in "
            f"{site.path}: two-1.0.dist-info, two-2.0.egg-info. The newest version counts. pip "
            "leaves the old one behind with --target: install into an empty folder. Warning: one "
            "declares entry points in the group 'snapshot-restore-py', which nobody reads. The "
            "group of plugins is 'snapshot_restore_py'. Warning: two declares entry points in the "
            "group 'snapshot_restore', which nobody reads. The group of plugins is "
            "'snapshot_restore_py'."
        )

    def test_what_cannot_be_read_is_told_once(self, command, site):
        os.mkfifo(site.add("lib") / "entry_points.txt")
        assert command("plugins").stdout.count("no regular file") == 1

    @pytest.mark.parametrize("name", ["tool", "snapshot-restore"])
    def test_every_other_program_gets_its_plugins(self, site, interpreter, name):
        site.add("lib", {"lib": "lib"}, {"lib": "def after_restore(): pass"})
        program = site.path / name
        program.write_text("import snapshot_restore_py as s\nprint(s.plugins())\n")
        assert "name='lib'" in interpreter.launch([str(program)], site).stdout


class TestMisuse:
    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            (["hooks"], "the following arguments are required: handler"),
            (["unknown"], "there is no 'unknown'. It is one of: hooks, "),
            (["plugins", "--format", "xml"], "there is no 'xml'. It is one of: text, json"),
            (["plugins", "--path", "missing"], "snapshot-restore: missing is not a folder"),
            (["reherse"], "there is no 'reherse'. Is it rehearse? It is one of: hooks, plugins, "),
            (["rehearse", "--tempalte", "x"], "there is no --tempalte. Is it --template?\n"),
            (["report", "x.json", "--zzz=1"], "snapshot-restore report: there is no --zzz=1\n"),
            (["report", "x.json", "--formt=x"], "there is no --formt=x. Is it --format?\n"),
            (["plugins", "extra"], "snapshot-restore plugins: there is no extra\n"),
            (["--verson"], "snapshot-restore: there is no --verson. Is it --version?\n"),
            ([], "snapshot-restore: the following arguments are required: COMMAND\n"),
            (["rehearse", "--fail-on", "x"], "--fail-on: there is no 'x'. It is one of: error, w"),
        ],
    )
    def test_it_says_what_is_wrong_and_gives_status_2(self, command, arguments, problem):
        result = command(*arguments)
        assert (result.returncode, result.stdout) == (2, "")
        assert problem in result.stderr

    @pytest.mark.parametrize(
        ("handler", "problem"),
        [
            ("app.handlr", "the module 'app' has no function 'handlr'. Is it handler?\n"),
            ("app.zzz", "the module 'app' has no function 'zzz'\n"),
            ("ap.handler", "ModuleNotFoundError: No module named 'ap'. Is it app?\n"),
            ("zzz.handler", "ModuleNotFoundError: No module named 'zzz'\n"),
            ("libs.app.handler", "ModuleNotFoundError: No module named 'libs'. Is it lib?\n"),
            ("lib/ap.handler", "ModuleNotFoundError: No module named 'lib.ap'. Is it app?\n"),
            ("broken.handler", "ModuleNotFoundError: No module named 'ap' ("),
            ("json.zzz.handler", "ModuleNotFoundError: No module named 'json.zzz'\n"),
        ],
    )
    def test_a_wrong_handler_gets_the_nearest_right_one(self, command, function, handler, problem):
        function.write({"lib/app": HANDLER, "broken": "import ap"})
        result = command("hooks", handler)
        assert result.returncode == 2
        assert problem in result.stderr
        assert problem.endswith("\n") == result.stderr.endswith(problem)

    def test_help_is_readable_on_80_columns(self, command):
        for name in (
            "",
            "hooks",
            "plugins",
            "rehearse",
            "report",
            "explain",
            "schema",
            "completion",
        ):
            arguments = [name] if name else []
            result = command(*arguments, "--help", env={"COLUMNS": "80"})
            assert result.returncode == 0
            assert max(map(len, result.stdout.splitlines())) <= 80

    def test_the_help_names_all_codes_of_findings(self, command):
        text = " ".join(command("rehearse", "--help").stdout.split())
        named = text.partition("Each CODE is one of: ")[2].rstrip(".").split(", ")
        assert named == [code.name for code in codes()]


def short(path) -> str:
    return str(path) if len(str(path)) < 60 else f"...{str(path)[-60:]}"
