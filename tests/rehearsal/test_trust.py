"""What a function's process may do to a rehearsal, and what a report may show of it."""

from __future__ import annotations

import json
import os
import random
import re
import select
import signal
import stat
from typing import TYPE_CHECKING

import pytest

from snapshot_restore_py._rehearsal.driving.forms import FORMS, Senders, has_form, is_event
from snapshot_restore_py._rehearsal.evidence.records import Invocation
from snapshot_restore_py._rehearsal.telling.masking import masked, masked_text
from tests.conftest import hear_interrupts
from tests.rehearsal.reports import report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INTO_ALL_PIPES = """
    import os, stat
    def forge(data):
        for number in range(3, 200):
            try:
                if stat.S_ISFIFO(os.fstat(number).st_mode):
                    os.write(number, data)
            except OSError:
                pass
"""


# The function's process and a child in a session of its own hold a pipe open.
HOLDING = """
import os, subprocess, time
held = os.open({0!r}, os.O_WRONLY)
subprocess.Popen(["sleep", "1000"], start_new_session=True, pass_fds=[held])
"""


class Fifo:
    """A named pipe that tells whether somebody has it open."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def wait(self, seconds: float) -> None:
        """Wait until it has been opened and let go, or for some time."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        poll.poll(seconds * 1000)

    def is_let_go(self) -> bool:
        try:
            return os.read(self.descriptor, 1) == b""
        except BlockingIOError:
            return False


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[Fifo]:
    fifo = Fifo(tmp_path / "fifo")
    yield fifo
    os.close(fifo.descriptor)


class TestEvents:
    @pytest.mark.parametrize(
        ("place", "data"),
        [
            ("init", b"garbage\n"),
            ("handler", b'\n{"event": "end", "phase": "invoke", "number": "1.1"}\n'),
            ("handler", b"\n[[[[[\n"),
        ],
    )
    def test_one_that_is_forged_or_broken_is_a_finding(self, functions, place, data):
        functions.write("forging.py", INTO_ALL_PIPES)
        line = f"__import__('forging').forge({data!r})"
        handler = f"def handler(event, context):\n    {line if place == 'handler' else 'pass'}\n"
        source = (line if place == "init" else "") + "\n" + handler
        rehearsal = functions.rehearse(source)
        assert (rehearsal.status, rehearsal.codes) == (1, ["disturbed"])
        assert rehearsal.finding["evidence"] in data.decode() or place == "handler"

    @pytest.mark.parametrize(
        ("event", "expected"),
        [
            ({}, False),
            ({"event": ["begin"]}, False),
            ({"event": "begin"}, False),
            ({"event": "begin", "phase": 3}, False),
            ({"event": "begin", "phase": "init"}, True),
            ({"event": "end", "phase": "nowhere"}, False),
            ({"event": "restored", "status": 0}, False),
            ({"event": "begin", "phase": "init", "error": 3}, False),
        ],
    )
    def test_they_have_the_kind_and_the_form_that_may_come(self, event, expected):
        assert is_event(event, ("begin",)) == expected

    @pytest.mark.parametrize(
        ("value", "form", "expected"),
        [
            ([1, 2], [int], True),
            ([1, True], [int], False),
            ({}, [int], False),
            (["a", 1.5], (str, {int, float}), True),
            (["a"], (str, str), False),
            ({"a": "b"}, {str: str}, True),
            ({"a": 1}, {str: str}, False),
            ([], {str: str}, False),
            (None, {str, type(None)}, True),
        ],
    )
    def test_forms(self, value, form, expected):
        assert has_form(value, form) == expected

    def test_each_kind_has_a_form(self):
        assert all(isinstance(form, dict) for form in FORMS.values())

    def test_they_come_in_order_from_who_may_tell_them(self):
        senders = Senders()

        def accepts(number: object, event: str, **facts: object) -> bool:
            return senders.accept({"number": number, "event": event, **facts}, 7)

        assert not accepts(None, "begin")
        assert not accepts("8.1", "begin")  # a stranger
        assert accepts("7.1", "begin")
        assert not accepts("7.3", "end")  # one was left out
        assert accepts("9.3", "snapshot")
        assert not accepts("9.4", "snapshot")
        assert not accepts("9.5", "restored", status=0)  # nobody has asked for a copy
        assert not accepts("11.4", "copied", pid=11)
        senders.has_copy = True
        assert not accepts("12.4", "copied", pid=11)
        assert accepts("11.4", "copied", pid=11)
        assert accepts("11.5", "hook")
        assert not accepts("7.4", "hook") or senders.has_copy
        assert not accepts("9.6", "hook")
        assert accepts("9.7", "restored", status=0)


# Does harm when the process is about to tell an event for the first time.
FAULTY = """
    import os, time
    write, done = os.write, []
    def faulty(descriptor, data):
        if b'"event": "{event}"' in data and not done:
            done.append(1)
            {fault}
        return write(descriptor, data)
    os.write = faulty
    def handler(event, context): return "handled"
"""
FAULTS = {
    "end": "os._exit(0)",
    "hang": "time.sleep(1000)",
    "signal": "os.kill(os.getpid(), 9)",
    "garbage": "write(descriptor, b'garbage' + bytes([10]))",
}
EVENTS = ["end", "begin", "snapshot", "copied", "observed", "compared"]


# A process that looks at itself has a minute, however short a phase may be.
PATIENT_FOR_A_SECOND = """
import snapshot_restore_command
from snapshot_restore_py._rehearsal.driving import life
life._LOOKING = 1.0
raise SystemExit(snapshot_restore_command.main())
"""


class TestFaults:
    def rehearse(self, functions, event, fault):
        source = FAULTY.format(event=event, fault=FAULTS[fault])
        options = ("--timeout", "1", "--restores", "2")
        rehearsal = functions.rehearse(source, *options, program=("-c", PATIENT_FOR_A_SECOND))
        assert rehearsal.status in (1, 3)
        assert "Traceback" not in rehearsal.stderr
        assert not rehearsal.report["ok"]

    @pytest.mark.parametrize(
        ("event", "fault"),
        [("end", "end"), ("snapshot", "garbage"), ("copied", "signal"), ("observed", "hang")],
    )
    def test_one_at_an_event_ends_in_a_report(self, functions, event, fault):
        self.rehearse(functions, event, fault)

    def test_an_interpreter_that_does_not_start_is_told(self, functions):
        rehearsal = functions.rehearse("", "--env", "PYTHONHOME=/nonexistent")
        assert rehearsal.status == 3
        assert rehearsal.stderr.splitlines()[-1] == (
            "snapshot-restore: the interpreter that was to import the handler 'app.handler' "
            "ended with status 1 before it began"
        )

    def test_one_at_any_event_does(self, functions, repetitions):
        # All of them with `--rehearsals`, by hand.
        every = [(event, fault) for event in EVENTS for fault in FAULTS]
        for event, fault in every if len(repetitions) > 1 else every[-1:]:
            self.rehearse(functions, event, fault)


class TestSignals:
    def test_those_that_the_function_handles_end_nothing(self, functions):
        source = """
            import os, signal, subprocess
            for number in (signal.SIGCHLD, signal.SIGUSR1, signal.SIGALRM):
                signal.signal(number, lambda *_: None)
            signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
            child = subprocess.Popen(["sleep", "0.3"])
            def handler(event, context):
                return 'handled'
        """
        rehearsal = functions.rehearse(source)
        assert (rehearsal.status, set(rehearsal.codes) - {"running-process"}) == (0, set())
        assert rehearsal.results == ["handled"] * 3

    def test_a_copy_that_leaves_its_group_or_stops_is_ended(self, functions, tmp_path):
        source = """
            import os, signal, time
            group = os.getpgid(0)
            def handler(event, context):
                os.setpgid(0, group)
                os.kill(os.getppid(), signal.SIGSTOP)
                time.sleep(1000)
        """
        env = {"SNAPSHOT_RESTORE_COPIES": "fork"}
        rehearsal = functions.rehearse(source, "--timeout", "1", env=env)
        assert rehearsal.status == 1
        assert "timeout" in rehearsal.codes or "handler-failed" in rehearsal.codes

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGQUIT])
    def test_nothing_is_left_of_a_command_that_is_ended(self, functions, fifo, number):
        functions.write("app.py", HOLDING.format(fifo.path) + "print('on')\ntime.sleep(1000)\n")
        process = functions.start(preexec_fn=hear_interrupts)
        for line in process.stderr:
            if line.endswith("] on\n"):
                break
        process.send_signal(number)
        if number != signal.SIGKILL:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=300)
        assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
        assert fifo.is_let_go()


def test_two_interrupts_at_any_moment_leave_nothing(functions, repetitions, fifo):
    functions.write("app.py", HOLDING.format(fifo.path) + "def handler(event, context): return 1")
    chance = random.Random(7)
    for _ in range(2 * len(repetitions)):
        process = functions.start(preexec_fn=hear_interrupts)
        for _ in range(2):
            fifo.wait(chance.uniform(0, 2))
            process.send_signal(chance.choice([signal.SIGINT, signal.SIGTERM]))
        stderr = process.communicate(timeout=300)[1]
        assert fifo.is_let_go()
        # By the signal itself where the interpreter has not started yet, or with a word of its own.
        ends = (0, 130, 143, -signal.SIGINT, -signal.SIGTERM)
        assert process.returncode in ends or "import the site module" in stderr, stderr


class TestReports:
    SECRETS = """
        import uuid
        ORDER_PREFIX = str(uuid.uuid4())
        def handler(event, context):
            print("the password=hunter2hunter2 of", ORDER_PREFIX)
            return {
                "prefix": ORDER_PREFIX,
                "token": "abcdefghijkl",
                "text": "Bearer abcdefgh1234",
                "numbers": [float("nan"), float("inf")],
            }
    """

    def test_values_are_masked_unless_they_are_asked_for(self, functions, tmp_path):
        page = tmp_path / "page.html"
        rehearsal = functions.rehearse(self.SECRETS, "--html", str(page), masked=True)
        assert rehearsal.codes == ["shared-value"]
        text = json.dumps(rehearsal.report) + page.read_text()
        prefix = rehearsal.results[0]["prefix"]
        assert re.fullmatch(r"\w{4}\.\.\.\w\w \(36 long\)", prefix)
        assert rehearsal.results[0] == {
            "prefix": prefix,
            "token": "abc... (12 long)",
            "text": "Bearer abc... (12 long)",
            "numbers": ["nan", "inf"],
        }
        assert f"first init:   '{prefix}'" in rehearsal.finding["evidence"]
        assert "hunter2hunter2" not in text
        assert "password=hun... (14 long)" in page.read_text()
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        assert [one.name for one in tmp_path.glob("*page*")] == ["page.html"]

    def test_they_are_shown_as_they_are_where_that_is_asked_for(self, functions):
        rehearsal = functions.rehearse(self.SECRETS)
        result = rehearsal.results[0]
        assert result["token"] == "abcdefghijkl"
        assert f"first init:   '{result['prefix']}'" in rehearsal.finding["evidence"]

    def test_what_an_init_that_fails_says_is_masked_too(self, functions):
        source = "raise ValueError('postgres://me:hunter2hunter2@host')"
        rehearsal = functions.rehearse(source, masked=True)
        assert rehearsal.status == 3
        assert "postgres://me:hun... (14 long)@host" in rehearsal.report["error"]
        assert "hunter2hunter2" not in json.dumps(rehearsal.report) + rehearsal.stderr

    @pytest.mark.parametrize("option", ["--html", "--patch"])
    def test_the_files_folder_is_looked_at_before_the_run(self, functions, tmp_path: Path, option):
        rehearsal = functions.rehearse("print('was run')", option, str(tmp_path / "no" / "x"))
        assert (rehearsal.status, rehearsal.report) == (2, None)
        assert "is no folder to write into" in rehearsal.stderr
        assert "was run" not in rehearsal.stderr

    def test_a_page_that_cannot_be_written_leaves_no_part_of_it(self, functions, tmp_path: Path):
        (tmp_path / "page").mkdir()
        source = "def handler(event, context): return 1"
        rehearsal = functions.rehearse(source, "--html", str(tmp_path / "page"))
        assert (rehearsal.status, rehearsal.results) == (2, [1, 1, 1])
        assert "snapshot-restore: cannot write the page: " in rehearsal.stderr
        assert [one.name for one in tmp_path.glob("*page*")] == ["page"]


class TestMasks:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("AKIAABCDEFGHIJKLMNOP", "AKIA... (20 long)"),
            ("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.abc y", "x eyJh... (37 long) y"),
            ("postgres://me:secret99@host/db", "postgres://me:se... (8 long)@host/db"),
            ("GET /?access_token=abcdef123456&x=1", "GET /?access_token=abc... (12 long)&x=1"),
            ("token = secrets.token_hex()", "token = secrets.token_hex()"),
            ("the key 12 of monkey", "the key 12 of monkey"),
        ],
    )
    def test_what_looks_like_a_secret(self, text, shown):
        assert masked_text(text) == shown
        assert masked_text(shown) == shown

    def test_what_the_init_made_up_wherever_it_stands(self):
        made_up = ("0123456789abcdef", "long-long-long...", "abc... (36 long)")
        text = "0123456789abcdef long-long-longest long-long-long... abc... (36 long)"
        token = {"token": "abc... (12 long)"}
        called = (Invocation(0.1, token, None),)
        shown = masked(report(made_up=made_up, not_examined=(text,), invoke=called))
        assert shown.invoke[0].result == token
        assert shown.not_examined == (
            "0123...ef (16 long) long...st (17 long) long... (17 long) abc... (36 long)",
        )
        assert shown.made_up == ()
