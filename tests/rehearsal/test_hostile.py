"""Functions that hang, crash, or leave things behind: each ends in a clear report."""

from __future__ import annotations

import fcntl
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.conftest import hear_interrupts

if TYPE_CHECKING:
    from pathlib import Path

HANDLER = "def handler(event, context):\n    return 'handled'\n"
# Where a line of a function's code can stand, by what it does there.
PLACES = {
    "init": "{0}\n" + HANDLER,
    "before": (
        "import snapshot_restore_py as s\n@s.register_before_snapshot\ndef hook():\n    {0}\n"
        + HANDLER
    ),
    "after": (
        "import snapshot_restore_py as s\n@s.register_after_restore\ndef hook():\n    {0}\n"
        + HANDLER
    ),
    "handler": "def handler(event, context):\n    {0}\n    return 'handled'\n",
}
FORKED = {"SNAPSHOT_RESTORE_COPIES": "fork"}
HANGS = "import time; time.sleep(1000)"
EXITS = "import os; os._exit(7)"
CRASHES = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"


def at(place: str, line: str) -> str:
    return PLACES[place].format(line)


class TestHanging:
    @pytest.mark.parametrize(
        ("place", "phase"),
        [
            ("init", "init"),
            ("before", "before the snapshot"),
            ("after", "restore 1, hooks"),
            ("handler", "restore 1, handler"),
        ],
    )
    def test_a_phase_that_hangs_is_killed_at_its_limit_and_reported(self, functions, place, phase):
        rehearsal = functions.rehearse(at(place, HANGS), "--timeout", "1")
        assert (rehearsal.status, rehearsal.codes) == (1, ["timeout"])
        finding = rehearsal.finding
        assert finding["message"] == f"{phase} took longer than 1 s and was killed"
        assert finding["evidence"].startswith("killed after 1 s")
        if place in ("before", "after"):
            # In a copy it is known where it hung.
            assert finding["location"] == ("app.py:2" if place == "before" else "app.py:4")
            assert "in the hook app.hook" in finding["evidence"]

    def test_a_second_init_that_hangs_is_reported(self, functions, tmp_path):
        source = f"""
            import os, threading, time
            if os.path.exists({str(tmp_path / "seen")!r}):
                time.sleep(1000)
            threading.Thread(target=threading.Event().wait, daemon=True).start()
            open({str(tmp_path / "seen")!r}, "w").close()
            def handler(event, context): return 1
        """
        rehearsal = functions.rehearse(source, "--timeout", "1")
        assert (rehearsal.status, rehearsal.codes) == (1, ["timeout", "running-thread"])
        (finding, _) = rehearsal.report["findings"]
        assert finding["message"].startswith("second init took longer than 1 s")
        assert rehearsal.results == [1, 1, 1]


class TestEndingHard:
    @pytest.mark.parametrize(
        ("line", "how"), [(EXITS, "ended with status 7"), (CRASHES, "was killed by SIGSEGV")]
    )
    def test_in_the_init_the_handler_cannot_be_imported(self, functions, line, how):
        rehearsal = functions.rehearse(at("init", line))
        assert (rehearsal.status, rehearsal.report["ok"]) == (3, False)
        assert rehearsal.stderr == (
            "snapshot-restore: the process that imported the handler 'app.handler' ended early: "
            f"it {how}\n"
        )

    @pytest.mark.parametrize("place", ["before", "after"])
    @pytest.mark.parametrize(
        ("line", "how"), [(EXITS, "ended with status 7"), (CRASHES, "was killed by SIGSEGV")]
    )
    def test_in_a_hook_the_hook_has_failed(self, functions, line, how, place):
        rehearsal = functions.rehearse(at(place, line))
        assert (rehearsal.status, rehearsal.codes) == (1, ["hook-failed"])
        assert f"hook app.hook failed: its process {how}" in rehearsal.finding["message"]
        assert rehearsal.finding["location"] == "app.py:2"

    @pytest.mark.parametrize(
        ("line", "how"), [(EXITS, "ended with status 7"), (CRASHES, "was killed by SIGSEGV")]
    )
    def test_in_the_handler_the_handler_has_failed(self, functions, line, how):
        rehearsal = functions.rehearse(at("handler", line))
        assert (rehearsal.status, rehearsal.codes) == (1, ["handler-failed"])
        assert rehearsal.finding["message"] == (
            f"the handler failed in every restore: its process {how}"
        )

    def test_a_handler_that_kills_the_process_of_the_snapshot_is_reported(self, functions):
        # Not os.kill(): the copies have the id of that process, so they would kill themselves.
        line = "import ctypes, os, time; ctypes.CDLL(None).kill(os.getppid(), 9); time.sleep(1000)"
        rehearsal = functions.rehearse(at("handler", line), env=FORKED)
        assert (rehearsal.status, rehearsal.codes) == (1, ["handler-failed"])
        assert "the process of the snapshot was killed by SIGKILL" in rehearsal.finding["message"]

    def test_a_fork_that_the_system_refuses_is_reported(self, functions):
        source = """
            import os
            fork, calls = os.fork, []
            def refuse():
                if calls:
                    raise OSError("no more processes")
                calls.append("the process that holds the snapshot")
                return fork()
            os.fork = refuse
            def handler(event, context): return 1
        """
        rehearsal = functions.rehearse(source, env=FORKED)
        assert (rehearsal.status, rehearsal.codes) == (1, ["handler-failed"])
        assert "the process of the snapshot ended with status 1" in rehearsal.finding["message"]
        assert "OSError: no more processes" in rehearsal.stderr

    @pytest.mark.parametrize("env", [{}, FORKED])
    @pytest.mark.parametrize(
        ("end", "code", "message"),
        [
            (
                "os._exit(7)",
                "handler-failed",
                "failed in every restore: its process ended with status 7 before the hooks",
            ),
            ("time.sleep(1000)", "timeout", "restore 1, start took longer than 1 s"),
        ],
    )
    def test_a_copy_that_ends_or_hangs_before_its_first_word_is_reported(
        self, functions, env, end, code, message
    ):
        # Streams are flushed before each word. The copy is known by its group of processes.
        source = f"""
            import os, sys, time
            class Output:
                write = sys.stdout.write
                def flush(self):
                    in_holder = os.getpgid(0) == group
                    if not in_holder or os.getppid() == 1:
                        {end}
            group = os.getpgid(0)
            sys.stdout = Output()
            def handler(event, context): return 1
        """
        rehearsal = functions.rehearse(source, "--timeout", "1", env=env)
        assert (rehearsal.status, rehearsal.codes) == (1, [code])
        assert message in rehearsal.finding["message"]

    def test_an_unnamed_signal_is_told_by_its_number(self, functions):
        line = f"import os; os.kill(os.getpid(), {signal.SIGRTMIN + 2})"
        rehearsal = functions.rehearse(at("handler", line))
        number = signal.SIGRTMIN + 2
        assert rehearsal.finding["message"].endswith(f"its process was killed by signal {number}")

    @pytest.mark.parametrize("place", ["before", "after", "handler"])
    @pytest.mark.parametrize("line", ["raise SystemExit(3)", "raise KeyboardInterrupt"])
    def test_exceptions_that_end_a_program_are_failures_like_others(self, functions, place, line):
        rehearsal = functions.rehearse(at(place, line))
        code = "handler-failed" if place == "handler" else "hook-failed"
        assert (rehearsal.status, rehearsal.codes) == (1, [code])


class TestOutput:
    @pytest.mark.parametrize(
        ("place", "origin"),
        [
            ("init", "init"),
            ("before", "before the snapshot"),
            ("after", "restore 2, hooks"),
            ("handler", "restore 3, handler"),
        ],
    )
    def test_megabytes_of_it_are_read_and_the_beginning_is_shown(self, functions, place, origin):
        line = "print('x' * 79, file=__import__('sys').stderr), print(('y' * 79 + chr(10)) * 50000)"
        rehearsal = functions.rehearse(at(place, line))
        assert (rehearsal.status, rehearsal.codes) == (0, [])
        lines = [line for line in rehearsal.stderr.splitlines() if line.startswith(f"[{origin}]")]
        assert lines[0] == f"[{origin}] {'x' * 79}"
        assert lines[1] == f"[{origin}] {'y' * 79}"
        assert "bytes more" in lines[-1]
        assert sum(map(len, lines)) < 200_000

    def test_output_without_a_line_break_and_of_other_programs_is_shown(self, functions):
        source = """
            import subprocess, sys
            sys.stdout.write("no line break")
            def handler(event, context):
                subprocess.run(["echo", "from a child"], check=True)
        """
        rehearsal = functions.rehearse(source)
        assert "[init] no line break\n" in rehearsal.stderr
        assert "[second init] no line break\n" in rehearsal.stderr
        assert "[restore 1, handler] from a child\n" in rehearsal.stderr

    @pytest.mark.parametrize(
        "line",
        [
            "import sys; sys.stdout.close()",
            "import sys; sys.stdout = sys.stderr = None",
            "import os; os.closerange(0, 64)",
            "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
            "import os; os._exit = lambda status: None",
        ],
    )
    @pytest.mark.parametrize("place", ["init", "handler"])
    def test_a_function_that_changes_the_process_is_rehearsed_all_the_same(
        self, functions, place, line
    ):
        rehearsal = functions.rehearse(at(place, line))
        assert (rehearsal.status, rehearsal.codes) == (0, [])
        assert rehearsal.results == ["handled"] * 3

    def test_a_process_that_does_not_end_by_itself_is_ended(self, functions):
        line = "import os, time; os._exit = lambda status: time.sleep(1000)"
        rehearsal = functions.rehearse(at("init", line), "--timeout", "1", "--restores", "2")
        assert (rehearsal.status, rehearsal.codes) == (0, [])
        assert rehearsal.results == ["handled"] * 2


class TestResults:
    @pytest.mark.parametrize(
        ("value", "error"),
        [
            ("{1, 2}", "TypeError: Object of type set is not JSON serializable"),
            ("object()", "TypeError: Object of type object is not JSON serializable"),
            ("(lambda l: l.append(l) or l)([])", "ValueError: Circular reference detected"),
        ],
    )
    def test_what_json_cannot_hold_is_a_failure_as_in_lambda(self, functions, value, error):
        rehearsal = functions.rehearse(f"def handler(event, context): return {value}")
        assert (rehearsal.status, rehearsal.codes) == (1, ["handler-failed"])
        assert rehearsal.finding["message"] == f"the handler failed in every restore: {error}"

    def test_decimals_are_numbers_as_in_lambda(self, functions):
        source = (
            "import decimal\ndef handler(event, context): return [decimal.Decimal('1.5'), None]"
        )
        assert functions.rehearse(source).results == [[1.5, None]] * 3

    def test_megabytes_are_returned(self, functions):
        source = "def handler(event, context): return 'x' * 5_000_000"
        assert [len(result) for result in functions.rehearse(source).results] == [5_000_000] * 3


class TestNothingIsLeft:
    CHILDREN = """
        import fcntl, os, subprocess, time
        def locked():
            name = os.path.join({folder!r}, os.urandom(8).hex())
            file = os.open(name, os.O_CREAT | os.O_RDWR)
            fcntl.flock(file, fcntl.LOCK_EX)  # as long as a process has it
            return file
        def leave():
            for detached in (False, True):
                file = locked()
                subprocess.Popen(["sleep", "1000"], start_new_session=detached, pass_fds=[file])
            locked()
            read, write = os.pipe()
            if not os.fork():
                os.setsid()
                os.write(write, b"ready")
                time.sleep(1000)
            os.read(read, 5)
    """

    @pytest.fixture
    def locks(self, tmp_path: Path) -> Path:
        folder = tmp_path / "locks"
        folder.mkdir()
        return folder

    def assert_gone(self, locks: Path, at_least: int) -> None:
        files = list(locks.iterdir())
        assert len(files) >= at_least
        for path in files:
            with path.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @pytest.mark.parametrize("place", ["init", "before", "after", "handler"])
    def test_children_of_the_function_are_ended(self, functions, locks, place):
        functions.write("leaving.py", self.CHILDREN.format(folder=str(locks)))
        line = "__import__('leaving').leave()"
        rehearsal = functions.rehearse(at(place, line))
        told = {"running-process"} if place in ("init", "before") else set()
        assert (rehearsal.status, set(rehearsal.codes)) == (0, told)
        assert rehearsal.results == ["handled"] * 3
        self.assert_gone(locks, 6)

    @pytest.mark.parametrize("place", ["init", "before", "after", "handler"])
    @pytest.mark.parametrize(
        ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)]
    )
    def test_an_interrupted_command_leaves_no_process(
        self, functions, locks, place, number, status
    ):
        functions.write("leaving.py", self.CHILDREN.format(folder=str(locks)))
        functions.write("app.py", at(place, f"__import__('leaving').leave(); print('on'); {HANGS}"))
        process = functions.start(preexec_fn=hear_interrupts)
        # Its children run when the line is there.
        for line in process.stderr:
            if line.endswith("] on\n"):
                break
        process.send_signal(number)
        process.communicate(timeout=300)
        assert process.returncode == status
        self.assert_gone(locks, 3)

    def test_no_file_is_left(self, functions, tmp_path):
        folder = tmp_path / "temporary"
        folder.mkdir()
        functions.write("other.py", "")
        rehearsal = functions.rehearse(
            "import other\n" + HANDLER, env={"TMPDIR": str(folder), "HOME": "/nonexistent"}
        )
        assert rehearsal.status == 0
        assert list(folder.iterdir()) == []
        assert sorted(os.listdir(functions.folder)) == ["app.py", "other.py"]


class TestForksAndFolders:
    def test_a_fork_that_comes_back_from_the_handler_is_not_heard(self, functions):
        rehearsal = functions.rehearse(at("handler", "import os; os.fork()"))
        assert (rehearsal.status, rehearsal.results) == (0, ["handled"] * 3)

    @pytest.mark.parametrize("place", ["init", "before", "after", "handler"])
    def test_a_function_may_change_its_working_directory(self, functions, place):
        rehearsal = functions.rehearse(at(place, "import os; os.chdir('/')"))
        assert (rehearsal.status, rehearsal.codes) == (0, [])
        assert rehearsal.results == ["handled"] * 3

    def test_it_has_no_standard_input(self, functions):
        rehearsal = functions.rehearse("def handler(event, context): return input()")
        assert "EOFError" in rehearsal.finding["message"]
