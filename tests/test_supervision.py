"""What the commands do when a function's code, the system or a signal stands in their way."""

from __future__ import annotations

import io
import json
import os
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.conftest import Site

if TYPE_CHECKING:
    import subprocess

LEAVES = {
    "a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=[1000]).start()",
    "children": "import subprocess\nsubprocess.Popen(['sleep', '1000'])\n"
    "subprocess.Popen(['sleep', '1000'], start_new_session=True)",
    "an exit handler": "import atexit, time\natexit.register(time.sleep, 1000)",
    "a closed output": "import sys\nsys.stdout.close()\nsys.stderr = None",
}
HOSTILE = "\x1b[31m\x9b2J\u202e\x7f"


@pytest.fixture
def command(interpreter, site):
    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return interpreter.launch(["-m", "snapshot_restore_command", *arguments], site, env=env)

    return run


@pytest.mark.parametrize("leaves", LEAVES.values(), ids=LEAVES)
def test_the_listing_ends_whatever_the_function_leaves_behind(command, interpreter, leaves):
    Site(interpreter.cwd).write({"app": leaves + "\ndef handler(event, context): pass\n"})
    result = command("hooks", "app.handler", "--format", "json")
    assert result.returncode == 0
    assert json.loads(result.stdout)["handler"] == "app.handler"


@pytest.mark.parametrize("arguments", [["hooks", "app.handler"], ["plugins"]])
def test_code_that_hangs_is_killed_at_the_limit(command, interpreter, site, arguments):
    hangs = "import time\ntime.sleep(1000)\n"
    Site(interpreter.cwd).write({"app": hangs})
    site.add("lib", {"lib": "lib"}, {"lib": hangs})
    result = command(*arguments, "--timeout", "1")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("took over 1 s and was killed\n")


@pytest.mark.parametrize("line", ["os.kill(os.getpid(), 9)", "os._exit(3)"])
def test_how_the_process_ended_is_told(command, interpreter, line):
    Site(interpreter.cwd).write({"app": f"import os\n{line}\n"})
    result = command("hooks", "app.handler")
    assert result.returncode == 2
    assert result.stderr.endswith(
        "ended early: it was killed by signal 9\n" if "9" in line else "it ended with status 3\n"
    )


@pytest.mark.parametrize("told", ["[]", "{}", "no JSON"])
def test_a_forged_report_is_none(command, interpreter, told):
    source = f"""
        import os, stat
        for number in range(3, 64):
            try:
                if stat.S_ISFIFO(os.fstat(number).st_mode):
                    os.write(number, b'{told}\\n')
            except OSError:
                pass
    """
    Site(interpreter.cwd).write({"app": source})
    result = command("hooks", "app.handler")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("told what is no report\n")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_no_text_of_the_functions_reaches_the_terminal_raw(command, interpreter, site, encoding):
    source = "import sys\nfor stream in (sys.stdout, sys.stderr):\n"
    source += f"    stream.buffer.write({HOSTILE.encode()!r} + bytes([10]))\n    stream.flush()\n"
    Site(interpreter.cwd).write(
        {
            "app": source
            + "from snapshot_restore_py import *\n@register_after_restore\ndef größe(): pass\n"
            f"größe.__qualname__ = 'größe' + {HOSTILE!r}\n"
            "def handler(event, context): pass\n",
            "broken": f"raise ValueError({HOSTILE!r})",
        }
    )
    site.add("lib", {"lib": "lib"}, {"lib": source + f"raise ValueError({HOSTILE!r})"})
    variables = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for arguments in (["hooks", "app.handler"], ["hooks", "broken.handler"], ["plugins"]):
        result = command(*arguments, **variables)
        shown = result.stdout + result.stderr
        assert "\\x1b[31m\\x9b2J\\u202e\\x7f" in shown
        assert not any(character in shown for character in "\x1b\x9b\u202e\x7f")
        assert "Traceback" not in shown
    result = command("hooks", "app.handler", "--format", "json", **variables)
    assert "\\u001b[31m\\u009b2J\\u202e\\u007f" in result.stdout
    assert "\x7f" not in result.stdout


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "0", "-1"])
@pytest.mark.parametrize("arguments", [["plugins"], ["rehearse", "app.handler"]])
def test_a_limit_is_a_positive_number_of_seconds(command, seconds, arguments):
    result = command(*arguments, f"--timeout={seconds}")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == ("snapshot-restore: --timeout has to be a positive number of seconds\n")


@pytest.mark.parametrize("options", [[], ["-P"] if sys.version_info >= (3, 11) else []])
def test_nothing_of_the_current_folder_is_imported_into_the_commands_own_process(
    interpreter, options
):
    names = ("argparse", "json", "rich", "textwrap", "subprocess", "tempfile")
    Site(interpreter.cwd).write(dict.fromkeys(names, "raise SystemExit('was imported')"))
    result = interpreter.launch([*options, "-m", "snapshot_restore_py", "--help"])
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: snapshot-restore")


def test_a_program_in_a_package_that_imports_this_one_gets_its_plugins(interpreter, site):
    # Its package is imported while the interpreter looks for it.
    source = "import snapshot_restore_py as s\nprint(len(s.plugins()))\n"
    site.write({"tool": source, "tool.__main__": ""})
    site.add("lib", {"lib": "lib"}, {"lib": "def after_restore(): pass\n"})
    assert interpreter.launch(["-m", "tool"], site).stdout == "1\n"


def test_the_help_says_that_code_runs(command):
    for arguments, words in [
        (["plugins"], "That imports them: their code runs"),
        (["hooks"], "That runs the code of the handler's module and of the plugins"),
        (["rehearse"], "with your environment and your credentials"),
    ]:
        assert words in " ".join(command(*arguments, "--help").stdout.split())


FAILING = """
    import os, sys
    {0}
    from snapshot_restore_py._command import main
    sys.exit(main({1}))
"""


@pytest.mark.parametrize(
    ("fault", "arguments", "cause"),
    [
        (
            "def fork(): raise BlockingIOError(11, 'no process left')\nos.fork = fork",
            ["plugins"],
            "the command itself failed: BlockingIOError: [Errno 11] no process left",
        ),
        (
            "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))",
            ["plugins"],
            "the command itself failed: OSError: [Errno 24] Too many open files",
        ),
        (
            "import subprocess\nclass Gone:\n    def __init__(self, *_, **__): raise "
            "OSError(8, 'no interpreter')\nsubprocess.Popen = Gone",
            ["plugins"],
            "the command itself failed: OSError: [Errno 8] no interpreter",
        ),
        (
            "import snapshot_restore_py._rehearsal.rehearsal as r\n"
            "def rehearse(*_): raise RecursionError('deep\\nand deeper')\nr.rehearse = rehearse",
            ["rehearse", "app.handler", "--format", "json"],
            "the rehearsal itself failed: RecursionError: deep and deeper",
        ),
    ],
)
def test_a_failure_of_the_command_itself_has_a_status_and_one_line(
    interpreter, fault, arguments, cause
):
    fault = "\n    ".join(fault.split("\n"))
    result = interpreter.start(FAILING.format(fault, arguments))
    assert (result.returncode, result.stdout) == (4, "")
    *notice, told = result.stderr.splitlines()
    assert told.startswith(f"snapshot-restore: {cause}")
    assert len(notice) == (2 if "rehearse" in arguments else 0)  # what really runs


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]])
def test_standard_streams_may_be_closed(interpreter, site, closed):
    closing = "; ".join(f"os.close({number})" for number in closed)
    program = f"import os, sys; {closing}; os.execv(sys.executable, {{}})"
    arguments = [sys.executable, "-m", "snapshot_restore_command", "plugins"]
    result = interpreter.start(program.format(arguments), site)
    assert result.returncode == 0
    assert result.stdout == ("" if 1 in closed else "No plugins are installed.\n")
    assert result.stderr == ""


def test_an_interrupt_where_exceptions_get_lost_ends_the_next_wait(interpreter, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import time\ntime.sleep(1000)")
    code = f"""
        import os, pathlib, signal, sys
        from snapshot_restore_py._supervision import Started, guarded
        # Started in the background, a process may not hear it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        class Loses:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGINT)
                os.getpid()
        def work():
            started = Started(pathlib.Path({str(script)!r}), ((), ()), print)
            try:
                Loses()
                while True:
                    started.pause(1)
            finally:
                started.end()
        sys.exit(guarded(work))
    """
    result = interpreter.start(textwrap.dedent(code))
    assert (result.returncode, result.stdout) == (130, "")
    assert "KeyboardInterrupt" in result.stderr


def test_a_guard_without_forks_does_the_work_itself(monkeypatch):
    from snapshot_restore_py._supervision import guarded

    monkeypatch.delattr(os, "fork")
    assert guarded(lambda: 7) == 7


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("return 5", 5),
        ("raise KeyboardInterrupt", 130),
        ("raise SystemExit(6)", 6),
        ("raise SystemExit", 0),
        ("raise SystemExit('text')", 1),
        ("os.kill(os.getpid(), 9)", 137),
    ],
)
def test_the_guard_ends_as_its_work_does_and_leaves_nothing(interpreter, end, status):
    code = f"""
        import os, signal, subprocess, sys
        from snapshot_restore_py._supervision import children, guarded
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as by nohup
        def work():
            subprocess.Popen(["sleep", "1000"], start_new_session=True)
            {end}
        status = guarded(work)
        print(status, len(children()))
    """
    assert interpreter.start(code).stdout == f"{status} 0\n"


def test_of_two_signals_at_once_the_first_one_tells_the_status(interpreter):
    code = """
        import os, signal
        from snapshot_restore_py._supervision import guarded
        # Started by nohup, a process may not hear it.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        really = signal.signal
        def second(*arguments):
            signal.signal = really
            os.kill(os.getpid(), signal.SIGTERM)
            return really(*arguments)
        def work():
            signal.signal = second
            os.kill(os.getpid(), signal.SIGHUP)
            while True:
                pass
        report(guarded(work))
    """
    assert interpreter.run(code) == 129


def test_a_stream_that_cannot_be_set_up_is_left_as_it_is(monkeypatch):
    from snapshot_restore_py._command import _open_streams

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    _open_streams()
    assert sys.stdout is sys.stderr is stream


def test_an_exception_that_cannot_tell_its_text_is_named(command, interpreter):
    source = "class E(Exception):\n  def __str__(self): raise SystemExit(5)\nraise E\n"
    Site(interpreter.cwd).write({"app": source})
    result = command("hooks", "app.handler")
    assert result.returncode == 2
    assert "cannot import the handler 'app.handler': E (" in result.stderr
