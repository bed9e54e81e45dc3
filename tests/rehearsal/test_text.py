"""A rehearsal's report as text, on terminals and in files."""

from __future__ import annotations

import dataclasses
import io
import os
import pty
import re
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given, settings, strategies as st
from rich.cells import cell_len
from rich.console import Console

from snapshot_restore_py._rehearsal.advice.fix import Command, Fix
from snapshot_restore_py._rehearsal.evidence.records import HookRun, Invocation, Phase
from snapshot_restore_py._rehearsal.reports.text import show
from snapshot_restore_py._rehearsal.telling.durations import duration
from snapshot_restore_py._rehearsal.telling.printable import output_lines, printable
from snapshot_restore_py._rehearsal.telling.watching import Watch
from tests.conftest import ROOT

from .reports import ALL, CLOCK, HOSTILE, LONG, REPORTS, SHARED, TIMEOUT, UNICODE, hostile, report

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def shown(report, *, width: int = 80, encoding: str = "utf-8", **options) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    show(report, Console(file=file, width=width, **options))
    file.flush()
    return file.buffer.getvalue().decode(encoding)


def on_a_terminal(code: str, stream: str, **env: str) -> tuple[str, str]:
    """Run code with one stream on a terminal, and return what that and the other one got."""
    terminal, inner = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    other = "stdout" if stream == "stderr" else "stderr"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**environment, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80", **env},
        stdin=subprocess.DEVNULL,
        **{stream: inner, other: subprocess.PIPE},
    ) as process:
        os.close(inner)
        got = b""
        while chunk := read(terminal):
            got += chunk
        rest = getattr(process, other).read().decode()
    os.close(terminal)
    assert process.returncode == 0, rest
    return got.decode().replace("\r\n", "\n"), rest


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody writes to it any more
        return b""


class TestReport:
    def test_it_tells_everything_in_the_order_in_which_it_happened(self):
        assert shown(REPORTS["findings"]) == FINDINGS

    def test_where_nothing_went_wrong_the_last_line_says_so(self):
        text = shown(REPORTS["nothing went wrong"])
        assert "Findings" not in text
        assert text.endswith("\n\nNothing went wrong in 3 restores of app.handler.\n")

    def test_it_is_short_where_there_are_no_plugins_and_hooks(self):
        text = shown(REPORTS["no plugins, no hooks, no output"])
        assert "Plugins\n  No plugins are installed.\n" in text
        assert "  412 ms  init\n   <1 ms  before the snapshot\n          snapshot\n" in text
        assert "   <1 ms    after-restore hooks\n   12 ms    handler\n" in text

    def test_a_failed_hook_ends_its_restore(self):
        text = shown(REPORTS["a hook failed after a restore"])
        assert (
            "   1.3 s      app.Settings.load_secret             explicit, app.py:34\n"
            "                failed: ConnectionRefusedError: [Errno 111] Connection refused\n"
            "            handler: not finished\n"
            "          restores 2 to 3: not finished\n"
        ) in text
        assert text.endswith("\n1 error in app.handler after 1 of 3 restores\n")

    def test_a_failed_hook_before_the_snapshot_prevents_it(self):
        text = shown(REPORTS["a hook failed before the snapshot"])
        assert "failed: OSError\n          snapshot: not finished\n" in text
        assert "          restores 1 to 3: not finished\n" in text

    def test_a_phase_that_was_not_reached_is_named(self):
        text = shown(REPORTS["the init was killed"])
        assert "    init: not finished\n    before the snapshot: not finished\n" in text
        assert text.endswith("\n1 error in app.handler before the first restore\n")

    def test_each_restore_has_its_own_result_or_error(self):
        lines = shown(REPORTS["the handler failed in some restores"]).splitlines()
        results = [line.strip() for line in lines if "returned" in line or "failed:" in line]
        assert results == [
            "returned null",
            "failed: ZeroDivisionError: division by zero (app.py, line 9)",
            "returned []",
        ]
        assert "          restore 4: not finished" in lines

    def test_a_result_is_cut_to_its_line(self):
        results = [line for line in shown(REPORTS["huge results"]).splitlines() if "xxx" in line]
        assert [line.split("x")[-1] for line in results] == [
            "... (112 characters)",
            "... (10,012 characters)",
            "... (1,000,012 characters)",
        ]
        assert {len(line) for line in results} == {80}

    def test_a_result_that_just_fits_is_whole(self):
        fitting = Invocation(1, "x" * (80 - len('              returned ""')), None)
        text = shown(report(restores=1, after_restore=(Phase(1),), invoke=(fitting,)))
        assert f'              returned "{fitting.result}"\n' in text

    def test_a_long_restore_and_one_restore_read_well(self):
        text = shown(REPORTS["one restore"])
        assert "  2 min 5 s    handler\n" in text
        assert "     412 ms  init\n" in text
        assert text.startswith("Rehearsal of app.handler: 1 restore, Python 3.13.0\n")
        assert text.endswith("\n1 warning in app.handler after 1 restore\n")

    def test_errors_come_before_warnings(self):
        text = shown(report(findings=(CLOCK, SHARED, CLOCK, TIMEOUT)))
        codes = re.findall(r"^  (error|warning) +([a-z-]+)$", text, re.MULTILINE)
        assert codes == [
            ("error", "shared-value"),
            ("error", "timeout"),
            ("warning", "captured-time"),
            ("warning", "captured-time"),
        ]
        assert text.endswith("\n2 errors, 2 warnings in app.handler after 3 restores\n")

    def test_code_keeps_its_indentation_when_it_is_wrapped(self):
        text = shown(REPORTS["a hook failed after a restore"])
        assert (
            "  evidence  Traceback (most recent call last):\n"
            '              File "/srv/functions/orders/app.py", line 36, in load_secret\n'
            "                self.secret =\n"
            "                  client.get_secret_value(SecretId=self.secret_id)['SecretString\n"
            "                  '].strip()\n"
        ) in text

    def test_details_stand_below_a_name_that_leaves_no_room_for_them(self):
        hooks = tuple(HookRun(name, "p", "app.py:1", 1, None) for name in ("short", "n" * 60))
        text = shown(report(before_snapshot=Phase(2, hooks), after_restore=(), invoke=()))
        assert "   1.0 s    short  plugin p, app.py:1\n" in text
        assert f"   1.0 s    {'n' * 60}\n              plugin p, app.py:1\n" in text


class TestConsoles:
    @pytest.mark.parametrize("title", REPORTS)
    @pytest.mark.parametrize("width", [40, 80, 250])
    def test_no_line_of_words_is_wider_than_the_console(self, title, width):
        copied = {line for code in to_be_copied(REPORTS[title]) for line in code.split("\n")}
        for line in shown(REPORTS[title], width=width).splitlines():
            assert cell_len(line) <= min(width, 100) or line in copied, line
            assert line == line.rstrip()

    @pytest.mark.parametrize("width", [40, 80, 250])
    def test_code_and_commands_can_be_copied(self, width):
        for code in to_be_copied(REPORTS["findings"]):
            assert f"\n\n{code}\n\n" in shown(REPORTS["findings"], width=width)

    def test_code_of_the_function_is_harmless_too(self):
        fix = Fix(("Do this:", Command(HOSTILE)))
        text = shown(report(findings=(dataclasses.replace(CLOCK, fix=fix),)))
        harmless(text.replace(printable(HOSTILE), ""))
        assert printable(HOSTILE) in text

    @pytest.mark.parametrize("text", [HOSTILE, UNICODE, LONG, "", "\n\n"])
    def test_text_of_the_function_is_shown_as_it_is_but_harmless(self, text):
        harmless(shown(hostile(text)))

    @settings(max_examples=50, deadline=None)
    @given(st.text(st.characters()))
    def test_so_is_any_other_text(self, text):
        harmless(shown(hostile(text)))

    def test_markup_and_emoji_codes_stay_what_they_are(self):
        text = shown(report(findings=(CLOCK,), handler="[b]a[/b] [/] :smile:"))
        assert "warning in [b]a[/b] [/] :smile: after" in text
        assert "Rehearsal of [b]a[/b] [/] :smile:: 3 restores" in text

    def test_control_characters_are_shown_as_escapes(self):
        text = shown(report(handler="a\x1b[31m\x07\x9b\u202e\u2028\ud83d\x00b\r\nc"))
        assert text.startswith(
            "Rehearsal of a\\x1b[31m\\x07\\x9b\\u202e\\u2028\\ud83d\\x00b\nc: 3 restores,"
        )

    def test_a_console_without_an_alphabet_gets_escapes(self):
        assert "Gr\\xf6\\xdfe" in shown(hostile(UNICODE), encoding="ascii")
        assert "Größe" in shown(hostile(UNICODE))
        for title in REPORTS.keys() - {"text of the world"}:
            assert shown(REPORTS[title], encoding="ascii") == shown(REPORTS[title])

    def test_a_terminal_gets_the_same_text_with_colours(self):
        code = (
            "from rich.console import Console\n"
            "from snapshot_restore_py._rehearsal.reports.text import show\n"
            "from tests.rehearsal.reports import REPORTS\n"
            "show(REPORTS['findings'], Console())"
        )
        text, _ = on_a_terminal(code, "stdout")
        assert COLOUR.sub("", text) == FINDINGS
        assert re.search(r"\x1b\[[0-9;]*41m error \x1b\[0m", text)
        text, _ = on_a_terminal(code, "stdout", NO_COLOR="1")
        assert not re.search(r"\x1b\[[0-9;]*[34][0-9]m", text)

    def test_no_colour_code_comes_from_the_function(self):
        text = shown(REPORTS["hostile text"], force_terminal=True, color_system="standard")
        assert "\x1b" in text
        assert "\x1b" not in COLOUR.sub("", text)

    def test_a_recording_console_makes_a_picture_of_it(self):
        console = Console(record=True, width=80, force_terminal=True, file=io.StringIO())
        show(REPORTS["hostile text"], console)
        assert "&lt;script&gt;" in console.export_svg()


def to_be_copied(report) -> list[str]:
    parts = (part for finding in report.findings for part in finding.fix.parts)
    return [part.text for part in parts if not isinstance(part, str)]


def harmless(text: str) -> None:
    """Fail if a terminal would do something else than to show the text."""
    bad = {
        character
        for character in text
        if unicodedata.category(character) in ("Cc", "Cs", "Cf", "Zl", "Zp")
    }
    assert bad <= {"\n", "\u200c", "\u200d"}
    assert max(map(cell_len, text.splitlines())) <= 80


class TestSeveral:
    def test_what_came_of_each_stands_at_the_end(self):
        lines = shown(ALL["several functions"]).splitlines()
        overview = lines[lines.index("5 rehearsals, 3 with errors:") + 1 :]
        assert overview[:3] == [
            "  Nothing went wrong in 3 restores of app.handler.",
            "  1 warning in app.handler after 3 restores",
            "  2 errors, 1 warning in app.handler after 3 restores",
        ]
        assert overview[3].endswith("could not be rehearsed: its import failed")
        assert all(line.startswith("  ") for line in overview)

    def test_of_those_where_nothing_went_wrong_there_is_no_more(self):
        assert shown(ALL["several functions where nothing went wrong"]).splitlines() == [
            "2 rehearsals without an error:",
            *["  Nothing went wrong in 3 restores of app.handler."] * 2,
        ]

    def test_findings_are_shown_without_plugins_and_timeline(self):
        text = shown(ALL["several functions without an error"])
        assert "captured-time" in text
        assert "Plugins" not in text
        assert "Timeline" not in text

    @pytest.mark.parametrize("width", [40, 80, 160])
    def test_it_fits_the_width(self, width):
        lines = shown(ALL["several functions"], width=width).splitlines()
        overview = lines[lines.index("5 rehearsals, 3 with errors:") :]
        assert max(map(cell_len, overview)) <= width


class TestOutput:
    def test_each_line_says_where_it_comes_from(self):
        lines = output_lines("restore 2, handler", "one\r\n\n\x1b[31mtwo\x0bthree\tfour\nend")
        assert lines == [
            "[restore 2, handler] one",
            "[restore 2, handler]",
            "[restore 2, handler] \\x1b[31mtwo\\x0bthree    four",
            "[restore 2, handler] end",
        ]

    def test_nothing_has_no_lines(self):
        assert output_lines("init", "") == []


class TestProgress:
    CODE = (
        "import sys\n"
        "from rich.console import Console\n"
        "from snapshot_restore_py._rehearsal.telling.progress import progress\n"
        "from snapshot_restore_py._rehearsal.telling.watching import Watch\n"
        "watch = Watch(before={'app.handler': 75})\n"
        "watch.step('app.handler', 'restore 2:\\n[red]handler[/red] \\x1b[31m')\n"
        "with progress(Console(stderr=True), watch):\n"
        "    print('[init] [red]said[/red] :smile:', file=sys.stderr)\n"
        "    print('result')\n"
    )

    def test_a_terminal_has_a_line_that_goes_away(self):
        text, output = on_a_terminal(self.CODE, "stderr", PYTHONIOENCODING="utf-8")
        assert output == "result\n"
        shown = "\u280b restore 2: [red]handler[/red] \\x1b[31m: 0 s; last time 1 min 15 s"
        assert shown in COLOUR.sub("", text)
        assert "[init] [red]said[/red] :smile:\n" in COLOUR.sub("", text)
        hide, show_again, erase = "\x1b[?25l", "\x1b[?25h", "\x1b[2K"
        assert text.rindex(show_again) > text.rindex(hide)
        assert text.endswith(erase)

    def test_a_terminal_without_an_alphabet_has_it_in_ascii(self):
        text, _ = on_a_terminal(self.CODE, "stderr", PYTHONIOENCODING="ascii")
        assert text.isascii()
        assert "restore 2: " in text

    def test_a_terminal_that_cannot_move_its_cursor_gets_nothing(self):
        text, _ = on_a_terminal(self.CODE, "stderr", TERM="dumb")
        assert text == "[init] [red]said[/red] :smile:\n"

    @pytest.mark.parametrize("env", [{}, {"FORCE_COLOR": "1"}])
    def test_what_is_no_terminal_gets_nothing(self, interpreter, env):
        result = interpreter.start(self.CODE, env=env)
        assert (result.returncode, result.stdout) == (0, "result\n")
        assert result.stderr == "[init] [red]said[/red] :smile:\n"


class TestWatch:
    def watch(self, *functions: str, seconds: int, **before: float) -> Watch:
        times = iter(range(0, 1000, seconds))
        watch = Watch(len(functions), before, clock=lambda: next(times))
        for name in functions:
            watch.step(name, "init")
        return watch

    def test_of_one_function_it_tells_what_it_does_and_since_when(self):
        assert self.watch("app.handler", seconds=4).text() == "init: 4 s"

    def test_and_how_long_it_took_before(self):
        watch = self.watch("Orders", seconds=70, Orders=61.4)
        assert watch.text() == "init: 1 min 10 s; last time 1 min 1 s"

    def test_of_several_it_tells_how_many_are_done_and_those_that_run(self):
        watch = self.watch("Orders", "Prices", "Users", seconds=1, Prices=8)
        watch.done("Orders")
        watch.step("Users", "restore 1,\nhandler")
        assert watch.text().splitlines() == [
            "1 of 3 done: 5 s",
            "Prices: 4 s; last time 8 s: init",
            "Users: 4 s: restore 1, handler",
        ]

    def test_on_a_terminal_they_stand_below_each_other_and_are_cut_not_wrapped(self):
        code = TestProgress.CODE.replace("Watch(", "Watch(2, ").replace("[red]", "x" * 30)
        text, _ = on_a_terminal(code, "stderr", PYTHONIOENCODING="utf-8", COLUMNS="40")
        lines = COLOUR.sub("", text).splitlines()
        assert "\u280b 0 of 2 done: 0 s" in lines[0]
        assert lines[1].startswith("  app.handler: 0 s; last time 1 min 15 s")
        assert len(lines[1].partition("\x1b")[0].rstrip()) <= 40


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "<1 ms"),
        (0.0006, "1 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (1.25, "1.2 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (119.6, "2 min 0 s"),
        (3600, "60 min 0 s"),
    ],
)
def test_durations_are_in_the_unit_that_suits_them(seconds, text):
    assert duration(seconds) == text


FINDINGS = """\
Rehearsal of app.handler: 3 restores, Python 3.13.0

Plugins
  loaded    boto    snapshot-restore-boto 0.3
  failed    audit   acme-audit 2.0
              ModuleNotFoundError: No module named 'acme_audit.snapshot'
              (acme_audit/__init__.py, line 3)
  disabled  flags   acme-flags
  loaded    random  snapshot-restore-random 1.1.0

Timeline
  412 ms  init
   35 ms  before the snapshot
    2 ms    app.close_connections                  explicit, app.py:21
   32 ms    snapshot_restore_boto.before_snapshot  plugin boto
          snapshot
          restore 1
   1.3 s    after-restore hooks
   <1 ms      snapshot_restore_random.after_restore
                plugin random, snapshot_restore_random/__init__.py:19
   1.3 s      app.Settings.load_secret             explicit, app.py:34
   12 ms    handler
              returned {"statusCode": 200, "body": "order 0"}
          restore 2
   1.3 s    after-restore hooks
   <1 ms      snapshot_restore_random.after_restore
                plugin random, snapshot_restore_random/__init__.py:19
   1.3 s      app.Settings.load_secret             explicit, app.py:34
   1.0 s    handler
              returned {"statusCode": 200, "body": "order 1"}
          restore 3
   1.3 s    after-restore hooks
   <1 ms      snapshot_restore_random.after_restore
                plugin random, snapshot_restore_random/__init__.py:19
   1.3 s      app.Settings.load_secret             explicit, app.py:34
   2.0 s    handler
              returned {"statusCode": 200, "body": "order 2"}

Findings

  error     shared-random-state
  The generator was in the same state in all 3 restores, and the handler drew
  from it
  where     random (the module's own generator)
  evidence  its next number would have been 0.8444218515250481 in each of them
  fix       Install the plugin that reseeds it after each restore:

pip install ./plugins/snapshot-restore-random

            Or seed it in a hook of your own.

  error     shared-value
  Made up at init, and the same in all 3 restores
  where     app.ORDER_PREFIX
  evidence  this init    '6f1c2d'
            restore 1    '6f1c2d'
            restore 2    '6f1c2d'
            restore 3    '6f1c2d'
            another init 'a90be1'
  fix       Make it anew after the restore, at the end of app.py:

from snapshot_restore_py import register_after_restore


@register_after_restore
def renew_order_prefix():
    global ORDER_PREFIX
    ORDER_PREFIX = make_order_prefix('of a text that is longer than a line of 80 columns')

  warning   captured-time
  A clock reading of the init, the same in all 3 restores
  where     app.STARTED (app.py:7)
  evidence  datetime.datetime(2026, 11, 24, 22, 34, 48, 117263)
  fix       Read the clock in the handler, or after the restore.

2 errors, 1 warning in app.handler after 3 restores
"""
