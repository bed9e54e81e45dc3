"""What goes wrong without an exception that anybody sees, and stacks of what hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.rehearsal.command import Functions

NOTHING = "def handler(event, context): return 1"


def test_what_hangs_shows_its_stack_at_the_line_of_the_function(functions: Functions) -> None:
    functions.write("waiting.py", "import time\ndef wait(): time.sleep(1000)\n")
    source = "import waiting\ndef handler(event, context): waiting.wait()\n"
    finding = functions.rehearse(source, "--timeout", "5").finding
    assert (finding["code"], finding["location"]) == ("timeout", "waiting.py:2")
    _, thread, *calls = finding["evidence"].splitlines()
    assert thread.endswith("(most recent call first):")
    assert [call.split()[-1] for call in calls] == ["wait", "handler"]


def test_a_hook_that_hangs_shows_its_stack_too(functions: Functions) -> None:
    source = f"""
        import snapshot_restore_py, time
        @snapshot_restore_py.register_after_restore
        def wait():
            while True:
                time.sleep(0.1)
        {NOTHING}
    """
    finding = functions.rehearse(source, "--timeout", "4").finding
    assert (finding["code"], finding["location"]) == ("timeout", "app.py:6")


def test_what_hangs_in_a_library_alone_is_told_where_it_can(functions: Functions) -> None:
    source = f"""
        import snapshot_restore_py, time
        snapshot_restore_py.register_after_restore(time.sleep, 1000)
        {NOTHING}
    """
    finding = functions.rehearse(source, "--timeout", "4").finding
    assert (finding["code"], finding["location"]) == ("timeout", "time.sleep")


def test_a_stream_that_is_closed_is_no_trouble(functions: Functions) -> None:
    source = f"import os\nos.close(2)\n{NOTHING}\n"
    assert functions.rehearse(source).codes == []


@pytest.mark.parametrize("phase", ["before_snapshot", "after_restore"])
def test_a_coroutine_that_a_hook_returns_or_drops_is_an_error_once(
    functions: Functions, phase: str
) -> None:
    source = f"""
        import snapshot_restore_py
        async def close(): print("closed")
        snapshot_restore_py.register_{phase}(lambda: close())
        snapshot_restore_py.register_{phase}(lambda: (close(), close(), 1)[2])
        {NOTHING}
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["hook-not-awaited"] * 2
    assert "closed" not in rehearsal.stderr
    assert all("never awaited: close()" in one["evidence"] for one in rehearsal.report["findings"])


def test_a_thread_that_dies_in_a_hook_is_told_with_its_name(functions: Functions) -> None:
    source = f"""
        import snapshot_restore_py, threading
        @snapshot_restore_py.register_after_restore
        def work():
            for error in (KeyError, SystemExit):
                thread = threading.Thread(target=fail, args=(error,), name="worker")
                thread.start()
                thread.join()
        def fail(error): raise error
        {NOTHING}
    """
    finding = functions.rehearse(source).finding
    assert (finding["level"], finding["code"]) == ("warning", "thread-died")
    assert finding["message"].startswith("the thread worker died of KeyError while the after")


def test_what_a_hook_puts_into_the_place_of_the_listener_stays(functions: Functions) -> None:
    source = """
        import snapshot_restore_py, threading
        @snapshot_restore_py.register_after_restore
        def listen(): threading.excepthook = print
        def handler(event, context): return threading.excepthook is print
    """
    assert functions.rehearse(source).results == [True] * 3


def test_each_invocation_has_a_trace_of_its_own(functions: Functions) -> None:
    source = """
        import os
        def handler(event, context): return os.environ["_X_AMZN_TRACE_ID"]
    """
    results = functions.rehearse(source).results
    assert len(set(results)) == 3
    assert all(one.startswith("Root=1-") and one.endswith(";Sampled=0") for one in results)


def test_values_that_look_like_secrets_are_not_shown(functions: Functions) -> None:
    source = f"""
        import uuid
        DATABASE = f"postgresql://ada:{{uuid.uuid4().hex}}@db.example.com/orders"
        HEADER = f"Bearer {{uuid.uuid4().hex}}"
        pw = uuid.uuid4().hex
        salt = uuid.uuid4().hex
        power = uuid.uuid4().hex
        {NOTHING}
    """
    found = functions.rehearse(source).report["findings"]
    shown = {one["location"]: " long)" not in one["evidence"] for one in found}
    names = {
        f"app.{name}": name == "power" for name in ("DATABASE", "HEADER", "pw", "salt", "power")
    }
    assert shown == names


def test_elements_of_one_name_are_one_finding(functions: Functions) -> None:
    source = f"""
        import uuid
        IDS = [uuid.uuid4().hex for _ in range(40)]
        {NOTHING}
    """
    finding = functions.rehearse(source).finding
    assert finding["location"] == "app.IDS"
    assert finding["message"].startswith("40 values in app.IDS are made up")
    assert finding["evidence"].endswith("and 35 more")
    assert finding["fix"].endswith("IDS = [uuid.uuid4().hex for _ in range(40)]")


def test_threads_of_one_target_are_one_finding(functions: Functions) -> None:
    source = f"""
        import threading, time
        def work(): time.sleep(1000)
        for number in range(12):
            threading.Thread(target=work, name=f"worker {{number}}", daemon=True).start()
        {NOTHING}
    """
    finding = functions.rehearse(source).finding
    assert (finding["code"], finding["location"]) == ("running-thread", "app.work")
    assert finding["message"] == "12 threads of app.work are running at the snapshot"
    assert "and 2 more" in finding["evidence"]


def test_hooks_are_heard_where_nothing_has_threads(functions: Functions) -> None:
    # As without anything that measures: the interpreter itself imports no threading.
    source = f"""
        import sys
        import snapshot_restore_py
        sys.modules.pop("threading", None)
        async def forgotten():
            pass
        @snapshot_restore_py.register_after_restore
        def hook():
            forgotten()
        {NOTHING}
    """
    finding = functions.rehearse(source).finding
    assert "forgotten" in finding["message"] + finding["evidence"]
