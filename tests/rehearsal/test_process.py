"""The function's process, spoken to as the command does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.rehearsal.command import Functions


class Process:
    """A process of a function, with the ends of its pipes."""

    def __init__(self, folder: Path, outside: str = "") -> None:
        events, their_events = os.pipe()
        their_replies, self.replies = os.pipe()
        self.events = os.fdopen(events)
        script = ROOT / "snapshot_restore_py" / "_rehearsal" / "inside" / "function.py"
        arguments = [folder, ROOT, "app.handler", 30, their_events, their_replies]
        arguments += ["", outside, 30, ""]
        self.process = subprocess.Popen(
            [sys.executable, script, *map(str, arguments)],
            pass_fds=(their_events, their_replies),
        )
        os.close(their_events)
        os.close(their_replies)

    def event(self) -> Any:
        line = "\n"
        while line == "\n":
            line = self.events.readline()
        return json.loads(line)

    def reply(self, number: str, **facts: Any) -> None:
        os.write(self.replies, json.dumps({"number": number, **facts}).encode() + b"\n")


@pytest.fixture
def process(functions: Functions) -> Iterator[Process]:
    functions.write("app.py", "def handler(event, context): return 1\n")
    process = Process(functions.folder)
    yield process
    process.events.close()
    process.process.wait(60)


def test_it_ends_when_the_command_is_gone(process):
    assert process.event()["event"] == "begin"
    os.close(process.replies)
    assert process.process.wait(60) == 1
    assert process.events.read() == ""


def test_a_reply_to_a_copy_that_does_not_live_any_more_is_passed_over(process):
    first = process.event()
    process.reply("1.1")
    process.reply(first["number"])
    assert process.event()["event"] == "end"
    os.close(process.replies)


def test_what_is_copied_from_outside_goes_on_itself(functions):
    functions.write(
        "app.py",
        """
        import threading, time
        threading.Thread(target=time.sleep, args=[1000], daemon=True).start()
        def handler(event, context):
            return threading.active_count()
        """,
    )
    process = Process(functions.folder, "outside")
    order = {
        "restore": "restore 1",
        "values": [],
        "again": [],
        "old": [],
        "event": {},
        "request_id": "1-2",
        "compare": False,
        "seek": [],
        "second_id": None,
        "watch": False,
        "profiled": None,
    }
    told = []
    while not told or told[-1]["event"] != "end" or told[-1].get("phase") != "invoke":
        told.append(process.event())
        process.reply(told[-1]["number"], **(order if told[-1]["event"] == "snapshot" else {}))

    (snapshot,) = (one for one in told if one["event"] == "snapshot")
    (copied,) = (one for one in told if one["event"] == "copied")
    assert snapshot["missing"] == []
    assert copied["pid"] == process.process.pid
    assert told[-1]["result"] == 2
    assert len({one["number"].partition(".")[0] for one in told}) == 1
    assert process.process.wait(60) == 1
    process.events.close()


def test_what_is_copied_from_outside_ends_if_no_copy_is_wanted(process, functions):
    other = Process(functions.folder, "outside")
    kind = ""
    while kind != "snapshot":
        event = other.event()
        kind = event["event"]
        other.reply(event["number"])

    assert other.process.wait(60) == 1
    other.events.close()
    os.close(process.replies)
