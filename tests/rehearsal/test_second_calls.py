"""The handler's second call in each restore, and what the first one pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.evidence.records import Invocation
from snapshot_restore_py._rehearsal.telling.timeline import timeline
from tests.rehearsal.reports import report

if TYPE_CHECKING:
    from tests.rehearsal.command import Functions

SLOW = """
    import acme, pathlib, time
    client = None
    class Session(acme.Client):
        def __init__(self):
            super().__init__()
    class Settings:
        def __init__(self): self.client = None
        def __eq__(self, other): return True
    def handler(event, context):
        global client
        event["seen"] = event.get("seen", 0) + 1
        if client is None:
            import this
            Settings()
            session, stored = Session(), acme.client()
            acme.resource()
            with open(__file__) as stream, open(pathlib.Path(__file__).with_name("a.txt")) as text:
                client = stream.read() + text.read()
            time.sleep(0.5)
        return event["seen"]
"""


ACME = """
    import threading
    class Client:
        def __init__(self):
            self.parts = Channel(), 1
    class Channel(object):
        def __init__(*arguments): ...
    class Session:
        def __init__(self): ...
    shared = []
    def client():
        Session()
        return Client()
    def resource():
        thread = threading.Thread(target=lambda: shared.append(Session()))
        thread.start()
        thread.join()
        shared.append(Client())
        return len(shared)
"""


def install_acme(functions: Functions) -> None:
    functions.write("acme-1.0.dist-info/RECORD", "acme.py,,\n")
    functions.write("acme.py", ACME)


def test_a_first_call_that_is_slow_is_noted_with_what_was_seen(functions: Functions) -> None:
    functions.write("a.txt", "")
    install_acme(functions)
    rehearsal = functions.rehearse(SLOW)
    assert (rehearsal.status, rehearsal.codes) == (0, [])
    (note,) = [one for one in rehearsal.notes if one["code"] == "slow-first-call"]
    times, imports, makes, reads = note["evidence"].splitlines()
    assert times.startswith("first call: ")
    assert imports.startswith("imports: this (")
    # Not those that others are made of, or that the client comes from at the same line.
    kinds = "app.Session in app.py:16, acme.Client in app.py:16, acme.Client in app.py:17"
    assert makes == f"makes: {kinds}"
    assert reads == "reads: a.txt"
    assert (note["level"], note["location"]) == ("note", "handler")


def test_a_server_that_the_first_call_connects_to_is_named(functions: Functions) -> None:
    source = """
        import socket, time
        server = None
        def handler(event, context):
            global server
            if server is None:
                server = socket.socket()
                server.connect_ex(("127.0.0.1", 1))
                time.sleep(0.5)
    """
    (note,) = functions.rehearse(source).notes
    assert note["evidence"].splitlines()[1:] == ["connects to: 127.0.0.1:1"]


def test_each_call_gets_the_event_as_it_was_given_and_a_request_of_its_own(
    functions: Functions,
) -> None:
    source = """
        def handler(event, context):
            print(event["number"], context.aws_request_id)
            event["number"] += 1
    """
    functions.write("event.json", '{"number": 1}')
    event = str(functions.folder / "event.json")
    rehearsal = functions.rehearse(source, "--event", event)
    lines = [line.split("] ")[1] for line in rehearsal.stderr.splitlines()]
    assert {line.split()[0] for line in lines} == {"1"}
    assert len(set(lines)) == len(lines)
    assert rehearsal.stderr.count(", second call] ") == 3


def test_a_first_call_that_is_as_slow_as_the_second_is_not_noted(functions: Functions) -> None:
    rehearsal = functions.rehearse("import time\ndef handler(event, context): time.sleep(0.1)")
    assert rehearsal.notes == []
    assert all(one["seconds"] >= 0.1 for one in rehearsal.report["phases"]["second_call"])


def test_there_is_no_second_call_if_nobody_wants_it(functions: Functions) -> None:
    install_acme(functions)
    rehearsal = functions.rehearse(SLOW, "--no-second-call", "--ignore", "handler-failed")
    assert rehearsal.report["phases"]["second_call"] == [None] * 3


def test_a_first_call_that_fails_is_the_only_one(functions: Functions) -> None:
    rehearsal = functions.rehearse("def handler(event, context): print('called'); 1 / 0")
    assert rehearsal.codes == ["handler-failed"]
    assert rehearsal.report["phases"]["second_call"] == [None] * 3
    assert rehearsal.stderr.count("called") == 3


def test_a_second_call_that_fails_is_told_and_no_finding(functions: Functions) -> None:
    source = """
        import os, time
        calls = []
        def handler(event, context):
            calls.append(1)
            {}
    """
    for ends, error in (
        ("len(calls) < 2 or 1 / 0", "ZeroDivisionError: division by zero"),
        ("len(calls) < 2 or os._exit(3)", "its process ended with status 3"),
        ("len(calls) < 2 or time.sleep(1000)", "killed after 1 s"),
    ):
        rehearsal = functions.rehearse(source.format(ends), "--timeout", "1", "--restores", "2")
        assert (rehearsal.status, rehearsal.report["findings"]) == (0, [])
        assert [one["error"] for one in rehearsal.report["phases"]["second_call"]] == [error] * 2


def test_the_timeline_shows_both_calls() -> None:
    first, failed = Invocation(0.2, 1, None), Invocation(0.1, None, "no")
    shown = timeline(
        report(invoke=(first,) * 2, second_calls=(Invocation(0.1, None, None), failed))
    )
    calls = [
        (one.title, one.seconds, one.invocation) for one in shown if one.title.endswith("call")
    ]
    assert calls == [("second call", 0.1, None), ("second call", 0.1, failed)]
