"""What a function finds in a restore that is one: threads, dead connections, a clock that jumps."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import socketserver
import sys
import threading
from textwrap import dedent

import pytest

from tests.machine.conftest import Machines, takes_long
from tests.machine.pythons import small_python
from tests.rehearsal.test_functions import CORPUS, read

# What copies of a process lack, and what works in Lambda.
THREADS = """
    import asyncio, queue, subprocess, threading, time
    from concurrent.futures import ThreadPoolExecutor

    POOL = ThreadPoolExecutor(2)
    list(POOL.map(str, range(4)))
    def use_a_pool():
        return list(POOL.map(str, range(3)))

    TASKS, DONE = queue.Queue(), queue.Queue()
    def work():
        while True:
            DONE.put(TASKS.get() + 1)
    threading.Thread(target=work, daemon=True).start()
    def use_a_worker():
        TASKS.put(1)
        return DONE.get(timeout=20)

    LOOP = asyncio.new_event_loop()
    threading.Thread(target=LOOP.run_forever, daemon=True).start()
    async def answer():
        await asyncio.sleep(0.01)
        return 42
    def use_a_loop():
        return asyncio.run_coroutine_threadsafe(answer(), LOOP).result(20)

    COUNT = [0]
    def tick():
        while True:
            COUNT[0] += 1
            time.sleep(0.01)
    threading.Thread(target=tick, daemon=True).start()
    def use_a_ticker():
        before, deadline = COUNT[0], time.monotonic() + 20
        while COUNT[0] == before and time.monotonic() < deadline:
            time.sleep(0.01)
        return COUNT[0] > before

    CHILD = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    def use_a_child():
        CHILD.stdin.write(b"hello\\n")
        CHILD.stdin.flush()
        return CHILD.stdout.readline().decode()

    def handler(event, context):
        return [use_a_pool(), use_a_worker(), use_a_loop(), use_a_ticker(), use_a_child()]
"""
# Functions of the corpus that need neither threads nor connections nor a library.
ALIKE = [
    *("unsafe/value_uuid.py", "unsafe/random_functions.py", "unsafe/time_numbers.py"),
    *("unsafe/handler_fails.py", "unsafe/late_registration.py", "safe/results_alike.py"),
    *("safe/hooks_in_order.py", "safe/temporary_files.py"),
]
# Their results depend on what copies lack or share: threads, and a disk of one's own.
UNLIKE = ("unsafe/threads_missing.py", "unsafe/handler_fails_in_some.py")


def libraries(path):
    """Return the distributions that a function needs; None if it also needs a server."""
    case = read(path)
    files = path.rglob("*.py") if path.is_dir() else [path]
    source = "\n".join(file.read_text() for file in files)
    # The variables tell where servers are that run beside.
    if "environ[" in source or case.beside:
        return None
    found = importlib.metadata.packages_distributions()
    own = {"snapshot_restore_py", *(one.stem for one in path.rglob("*"))}
    names = set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE)) - own
    foreign = names - sys.stdlib_module_names
    return {*case.needs, *(one for name in foreign for one in found.get(name, ()))}


# What libraries import only when a function asks for it.
OPTIONAL = {"aws-xray-sdk", "psycopg", "psycopg-binary"}
# All of them, which takes long: SNAPSHOT_RESTORE_MACHINES=all python -m pytest tests/machine
NEEDED = {}
if os.environ.get("SNAPSHOT_RESTORE_MACHINES") == "all":
    FOUND = {str(one.relative_to(CORPUS)): libraries(one) for one in sorted(CORPUS.glob("*safe/*"))}
    NEEDED = {name: found for name, found in FOUND.items() if found is not None}
    ALIKE = [name for name in NEEDED if name not in UNLIKE]


@pytest.fixture(scope="session")
def python_with_libraries(tmp_path_factory):
    """The program of an environment with what all functions need."""
    needed = OPTIONAL.union(*NEEDED.values())
    return small_python(tmp_path_factory.mktemp("libraries"), *needed)[0]


@pytest.fixture
def echo():
    """A server that answers lines, and its port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                self.wfile.write(line)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


# It tells in the background of what has ended, each second.
TELEMETRY = """
    import time
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    TOLD = InMemorySpanExporter()
    PROVIDER = TracerProvider()
    PROVIDER.add_span_processor(BatchSpanProcessor(TOLD, schedule_delay_millis=1000))
    TRACER = PROVIDER.get_tracer("app")
    def handler(event, context):
        TRACER.start_span("handled").end()
        deadline = time.monotonic() + 20
        while not TOLD.get_finished_spans() and time.monotonic() < deadline:
            time.sleep(0.01)
        return [span.name for span in TOLD.get_finished_spans()]
"""


@takes_long
def test_spans_are_told_in_the_background(cache, tmp_path):
    python, _ = small_python(tmp_path / "python", "opentelemetry-sdk")
    (tmp_path / "function").mkdir()

    rehearsal = Machines(python, tmp_path / "function", cache).rehearse(
        dedent(TELEMETRY), "--no-cache", env={"SNAPSHOT_RESTORE_PLUGINS": "none"}
    )

    assert rehearsal.results == [["handled"]] * 3
    found = rehearsal.report["findings"]
    assert "not-rehearsed" not in {one["code"] for one in found}
    # It draws the ids of traces from Python's generator.
    assert [one["code"] for one in found if one["level"] == "error"] == ["shared-random-state"]
    (thread,) = (one for one in found if one["code"] == "running-thread")
    assert "So it did in this rehearsal." in thread["evidence"]


def test_threads_and_processes_live_on(machines):
    rehearsal = machines.rehearse(dedent(THREADS), "--restores", "2")

    assert rehearsal.report, rehearsal.stderr
    found = {(one["level"], one["code"]) for one in rehearsal.report["findings"]}
    assert not {code for level, code in found if level == "error"}
    assert "not-rehearsed" not in {code for _, code in found}
    running = [one for one in rehearsal.report["findings"] if one["code"].startswith("running")]
    assert all("So it did in this rehearsal." in one["evidence"] for one in running)
    assert rehearsal.results == [[["0", "1", "2"], 2, 42, True, "hello\n"]] * 2
    assert rehearsal.status == 0


@pytest.mark.parametrize("name", ALIKE)
def test_the_verdict_is_that_of_copies(machines, name, request, cache):
    case = read(CORPUS / name)
    if NEEDED.get(name):
        python = request.getfixturevalue("python_with_libraries")
        machines = Machines(python, machines.folder, cache)
    case.copy_to(machines.folder)

    rehearsal = machines.again("--restores", "2", env=case.env)

    assert rehearsal.report, rehearsal.stderr
    found = [
        (one["level"], one["code"], one["location"])
        for one in rehearsal.report["findings"]
        if one["level"] != "note"
    ]
    assert sorted(found) == sorted(map(tuple, case.expected(found)))


def test_a_connection_to_the_outside_is_dead_and_a_new_one_works(machines, echo):
    rehearsal = machines.rehearse(
        dedent(
            """
            import os, socket
            def connect():
                return socket.create_connection(("127.0.0.1", int(os.environ["PORT"])))
            def ask(connection):
                connection.sendall(b"hello\\n")
                return connection.recv(100).decode()
            KEPT = connect()
            assert ask(KEPT) == "hello\\n"
            def handler(event, context):
                try:
                    kept = ask(KEPT)
                except OSError as error:
                    kept = type(error).__name__
                return [kept, ask(connect())]
            """
        ),
        *("--host-ports", str(echo), "--env", f"PORT={echo}"),
    )

    assert rehearsal.results == [["ConnectionResetError", "hello\n"]] * 3
    assert rehearsal.codes == ["open-connection"]


def test_the_clock_jumps_and_the_monotonic_one_does_not(machines):
    rehearsal = machines.rehearse(
        dedent(
            """
            import time
            BEGAN = time.time(), time.monotonic()
            class Token:
                def __init__(self):
                    self.ends = time.time() + 3600
            TOKEN = Token()
            def handler(event, context):
                if time.time() > TOKEN.ends:
                    raise PermissionError("the token has expired")
            """
        ),
        *("--age", "3h"),
    )

    (failed,) = (one for one in rehearsal.report["findings"] if one["code"] == "handler-failed")
    assert failed["level"] == "error"
    assert "the token has expired" in str(failed)


def test_each_restore_draws_anew_and_has_its_own_files(machines):
    rehearsal = machines.rehearse(
        dedent(
            """
            import os, ssl, time
            BEGAN = time.monotonic()
            open("/tmp/kept", "w").write("init")
            def handler(event, context):
                before = open("/tmp/kept").read()
                open("/tmp/kept", "w").write("changed")
                return {"drawn": os.urandom(8).hex(), "before": before,
                        "passed": time.monotonic() - BEGAN < 60, "user": os.getuid()}
            """
        ),
        *("--age", "1d"),
    )

    results = rehearsal.results
    assert len({one["drawn"] for one in results}) == 3
    assert [one["before"] for one in results] == ["init"] * 3
    assert all(one["passed"] for one in results)
    assert {one["user"] for one in results} == {os.getuid()}
    assert rehearsal.report["copies"].startswith("virtual machine, ")
    assert rehearsal.status == 0


def test_a_changed_function_starts_from_the_same_machine(machines):
    (machines.folder / "old.py").write_text("VALUE = 1\n")
    machines.rehearse("import old\ndef handler(event, context):\n    return 1\n", "--restores", "2")
    (machines.folder / "old.py").unlink()
    (machines.folder / "package").mkdir()
    (machines.folder / "package" / "new.py").write_text("VALUE = 2\n")

    rehearsal = machines.rehearse(
        dedent(
            """
            import importlib.util
            from package.new import VALUE
            def handler(event, context):
                return [VALUE, importlib.util.find_spec("old") is None]
            """
        )
    )

    assert rehearsal.results == [[2, True]] * 3


def test_two_rehearsals_at_once_do_not_disturb_each_other(machines, tmp_path):
    (machines.folder / "app.py").write_text(
        "import os, sys\ndef handler(event, context):\n    return event\n"
    )
    empty = {"XDG_CACHE_HOME": str(tmp_path)}  # Both boot, and keep what has booted.

    both = [machines.start("--event", f'{{"number": {number}}}', env=empty) for number in (1, 2)]
    told = [process.communicate(timeout=300) for process in both]

    for number, (stdout, stderr) in enumerate(told, 1):
        assert stdout, stderr
        invoked = json.loads(stdout)["phases"]["invoke"]
        assert [one["result"] for one in invoked] == [{"number": number}] * 3
