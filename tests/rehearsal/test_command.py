"""What the command shows: text, a page, or JSON, and what it needs for each."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT, Site
from tests.rehearsal.command import LIMIT, Functions, notice_and_rest, on_a_terminal

COUNTS = "def handler(event, context):\n    print('counting')\n    return 3\n"
FAILS = (
    "def handler(event, context):\n    raise ValueError('no \\x1b[31msuch\\x1b[0m [b]key[/b]')\n"
)


def run(functions: Functions, source: str, *arguments: str, path: object = ROOT):
    functions.write("app.py", source)
    return subprocess.run(
        [sys.executable, "-m", "snapshot_restore_command", "rehearse", "app.handler", *arguments],
        cwd=functions.folder,
        env={**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )


def test_without_a_terminal_it_is_plain_text_and_the_functions_output_is_apart(functions):
    result = run(functions, COUNTS)
    assert result.returncode == 0
    assert re.match(r"Rehearsal of app\.handler: 3 restores( by \w+)?, Python 3\.", result.stdout)
    assert result.stdout.endswith("\nNothing went wrong in 3 restores of app.handler.\n")
    first, *others = (
        f"[restore {number}, {call}] counting\n"
        for number in (1, 2, 3)
        for call in ("handler", "second call")
    )
    beside = "[second init, restore, handler] counting\n"
    notice, rest = notice_and_rest(result.stderr)
    assert notice.startswith("snapshot-restore: app.handler really runs: 2 inits and 7 invocations")
    assert rest == "".join((first, others[0], beside, *others[1:]))
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_text_of_the_functions_is_shown_as_it_is_and_harmless(functions):
    result = run(functions, FAILS)
    assert result.returncode == 1
    assert "ValueError: no \\x1b[31msuch\\x1b[0m [b]key[/b]" in result.stdout
    assert "\x1b" not in result.stdout + result.stderr


def test_a_terminal_gets_colours_and_sees_what_is_done(functions):
    functions.write("app.py", FAILS)
    status, text = on_a_terminal(["rehearse", "app.handler"], functions.folder, COLUMNS="80")
    assert status == 1
    assert "restore 3, handler" in text.partition("Rehearsal of")[0]
    assert "\x1b[" in text.partition("Rehearsal of")[2]
    assert "1 error in app.handler after 3 restores" in text


def test_quiet_leaves_the_report_alone(functions):
    found = functions.rehearse("print('said')\ndef handler(event, context): return 1", "--quiet")
    assert (found.status, found.notice, found.stderr) == (0, "", "")
    assert found.results == [1, 1, 1]


def test_verbose_tells_each_step_and_the_whole_traceback(functions):
    found = functions.rehearse("def handler(event, context): return 1", "--verbose")
    steps = re.findall(r"^\[([^\]]+)\] after [\d.]+ m?s$", found.stderr, re.MULTILINE)
    assert steps[:2] == ["init", "before the snapshot"]
    assert "restore 3, handler" in steps
    found = functions.rehearse("import nothing_of_that_name", "--verbose")
    assert found.status == 3
    assert "[init] Traceback (most recent call last):\n" in found.stderr


def test_the_page_is_written_beside_the_text(functions):
    result = run(functions, COUNTS, "--html", "report.html")
    page = (functions.folder / "report.html").read_text(encoding="utf-8")
    assert result.returncode == 0
    assert page.startswith("<!doctype html>")
    assert "app.handler" in page
    assert "counting" in page


def test_a_patch_that_cannot_be_written_is_told(functions):
    (functions.folder / "folder").mkdir()
    result = run(functions, COUNTS, "--patch", "folder")
    assert result.returncode == 2
    assert "Nothing went wrong" in result.stdout
    assert result.stderr.splitlines()[-1].startswith(
        "snapshot-restore: cannot write the patch: [Errno 21] Is a directory"
    )


@pytest.mark.parametrize("arguments", [[], ["--html", "report.html"]])
def test_without_rich_one_line_says_what_to_install(functions, site: Site, arguments):
    site.write({"rich": "raise ImportError"})
    result = run(functions, "raise SystemExit('was run')", *arguments, path=site.path)
    assert (result.returncode, result.stdout) == (2, "")
    assert "pip install 'rich>=13'" in result.stderr
    assert result.stderr.count("\n") == 1


def test_json_and_a_page_do_not_need_rich(functions, site: Site):
    site.write({"rich": "raise ImportError"})
    arguments = ("--format", "json", "--html", "report.html")
    result = run(functions, COUNTS, *arguments, path=site.path)
    assert result.returncode == 0
    assert result.stdout.startswith("{")
    assert (functions.folder / "report.html").exists()


def test_the_commands_own_process_runs_no_code_of_the_function_and_no_plugin(functions, site: Site):
    source = "import os\nprint(os.getppid(), flush=True)\n"
    site.add("lib", {"lib": "lib"}, {"lib": source + "def after_restore(): pass\n"})
    functions.write("app.py", source + COUNTS)
    process = functions.start(path=(site,))
    _, stderr = process.communicate(timeout=LIMIT)
    parents = {line.split("] ")[1] for line in stderr.splitlines() if "init]" in line}
    # It runs in processes of its own, whose parent is one below the command's.
    assert len(parents) == 1
    assert parents.isdisjoint({str(process.pid), str(os.getpid())})
