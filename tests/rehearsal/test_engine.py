"""The conductor's end of a function's process, against processes that play one."""

from __future__ import annotations

import os
import signal
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from snapshot_restore_py import _supervision
from snapshot_restore_py._rehearsal.driving.call import Call, Listener
from snapshot_restore_py._rehearsal.driving.engine import (
    BrokenEventError,
    CopyEndedError,
    EndedEarlyError,
    TimeLimitError,
)
from snapshot_restore_py._rehearsal.driving.engines import fork as engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLAYED = """
    import json, os, signal, sys, time
    events, replies = map(int, sys.argv[5:7])
    me, told = str(os.getpid()), 0
    def tell(event, sender=me, **facts):
        global told
        told += 1
        line = {"event": event, "number": f"{sender}.{told}", **facts}
        os.write(events, json.dumps(line).encode() + b"\\n")
    def begin():
        tell("begin", phase="init")
    def hear():
        while not os.read(replies, 1_000_000).endswith(b"\\n"):
            pass
    def child():
        pid = os.fork()
        if not pid:
            time.sleep(1000)
        return pid
    def copy(pid):
        global told
        tell("copied", sender=str(pid), pid=pid)
        told -= 1  # It has a count of its own.
    HOLDER = dict.fromkeys(
        ["connections", "threads", "processes", "missing", "cut", "reads", "expiring",
         "fetches", "pending", "data"], [],
    )
    def hold():
        tell("snapshot", **HOLDER, seconds=0, clocks=[{}, {}], values={}, generators={},
             twice={"before_snapshot": [], "after_restore": []}, copies="fork", files={})
        hear()
"""


@pytest.fixture
def play(monkeypatch, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    started = []

    def start(source: str, limit: float = 60) -> Any:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(PLAYED) + textwrap.dedent(source))
        monkeypatch.setattr(engine, "SCRIPT", script)
        process = engine.Process(Call("app.handler", str(tmp_path), {}, 2, limit), Listener(), [])
        started.append(process)
        process.allow(60)
        return process

    with _supervision.no_process_left():
        yield start
        for process in started:
            process.end()


def with_a_copy(process: Any) -> Any:
    process.event("snapshot")
    process.start_copy(restore="restore 1")
    return process


def test_half_an_event_that_nothing_follows_is_broken(play):
    process = play("os.write(events, b'{half' + bytes([10])); time.sleep(1000)")
    while not process._process.read():  # It has been told.
        pass
    process.allow(0)
    with pytest.raises(BrokenEventError, match=r"told what is no event: \{half"):
        process.event()


def test_half_an_event_of_a_copy_that_died_is_passed_over(play):
    process = play("""
        hold()
        copy(child())
        hear()
        os.write(events, b'{half' + bytes([10]))
        tell("restored", status=9)
        time.sleep(1000)
    """)
    with pytest.raises(CopyEndedError) as caught:
        with_a_copy(process).event()
    assert caught.value.status == 9


@pytest.mark.parametrize("pid", ["1", "0", "-1", "os.getppid()", "99999999"])
def test_a_copy_is_a_process_of_the_functions(play, pid):
    process = play(f"hold()\ncopy({pid})\ntime.sleep(1000)")
    with pytest.raises(BrokenEventError):
        with_a_copy(process)


def test_a_process_that_has_ended_takes_no_reply_and_tells_nothing(play):
    process = play("begin()\nhear()\nos._exit(3)")
    process.event("begin")
    process.end()
    process.reply()
    with pytest.raises(EndedEarlyError):
        process.event()


def test_a_copy_that_goes_on_telling_is_ended(play):
    process = play(
        """
        hold()
        copy(child())
        hear()
        os.write(events, b'[]' + bytes([10]))
        tell("nonsense")
        told -= 1
        tell("restored", status=9)
        time.sleep(1000)
    """,
        limit=0.5,
    )
    with_a_copy(process).finish_copy()


def test_where_no_end_of_a_copy_is_told_all_is_ended(play):
    process = play("hold()\ncopy(child())\nhear()\ntime.sleep(1000)", limit=0.3)
    with_a_copy(process)
    with pytest.raises(EndedEarlyError, match="SIGKILL"):
        process.finish_copy()


def test_a_process_that_stops_or_does_not_read_holds_nothing_up(play):
    process = play("begin()\nos.kill(os.getpid(), signal.SIGSTOP)", limit=0.2)
    process.event("begin")
    process.reply(much="x" * 10_000_000)
    process.allow(0)
    with pytest.raises(TimeLimitError):
        process.event()


class TestSupervision:
    def test_a_child_that_does_not_end_in_time_is_told(self, monkeypatch):
        monkeypatch.setattr(_supervision, "_END", 0)
        pid = os.posix_spawnp("sleep", ["sleep", "1000"], os.environ)
        _supervision.end_all(lambda: {pid})
        assert not _supervision.await_end(pid)
        monkeypatch.undo()
        _supervision.end_all(lambda: _supervision.children() & {pid})
        assert _supervision.await_end(pid)  # Somebody else has waited for it.

    def test_who_is_below_whom(self, monkeypatch):
        assert _supervision.is_below(os.getpid(), os.getppid())
        assert not _supervision.is_below(os.getppid(), os.getpid())
        monkeypatch.setattr(os.path, "exists", lambda _: False)
        assert _supervision.is_below(os.getppid(), os.getpid())
        assert not _supervision.is_below(1, os.getpid())

    def test_the_cursor_is_shown_where_there_is_a_terminal(self, monkeypatch):
        written = []
        monkeypatch.setattr(os, "write", lambda *arguments: written.append(arguments))
        for is_terminal in (False, True):
            monkeypatch.setattr(os, "isatty", lambda _, answer=is_terminal: answer)
            _supervision._show_cursor()
        assert written == [(2, b"\x1b[?25h")]

    def test_systems_without_prctl_are_left_alone(self, monkeypatch):
        monkeypatch.setattr("sys.platform", "darwin")
        _supervision.become_subreaper()

    def test_work_whose_guard_is_gone_is_not_begun(self, interpreter):
        code = """
            from snapshot_restore_py._supervision import _work
            _work(lambda: print("begun"), 0, [], [])
        """
        result = interpreter.start(code)
        assert (result.returncode, result.stdout) == (1, "")

    def test_a_pipe_without_another_end_ends_no_wait_at_once(self):
        reading, writing = os.pipe()
        os.close(writing)
        _supervision._wait_for([reading], signal.SIGKILL << 8, 0.01)
        os.close(reading)
