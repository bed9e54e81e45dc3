"""The module `testing`: phases, restored copies and their results, in this very process."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import random
import select
import signal
import ssl
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import snapshot_restore_py
from snapshot_restore_py import register_after_restore, register_before_snapshot
from snapshot_restore_py._testing.copier import copier
from snapshot_restore_py.testing import RestoreError, Snapshot
from tests.conftest import beside_threads


class TestPhases:
    def test_before_and_after_run_the_hooks_in_the_order_of_lambda(self, snapshot):
        calls = []
        for number in (1, 2):
            register_before_snapshot(calls.append, f"before {number}")
            register_after_restore(calls.append, f"after {number}")
        snapshot.before()
        assert calls == ["before 2", "before 1"]
        snapshot.after()
        assert calls == ["before 2", "before 1", "after 1", "after 2"]

    def test_a_cycle_is_both(self, snapshot):
        calls = []
        register_after_restore(calls.append, "after")
        register_before_snapshot(calls.append, "before")
        snapshot.cycle()
        assert calls == ["before", "after"]

    def test_each_hook_before_the_snapshot_runs_once_as_in_lambda(self, snapshot):
        calls = []
        register_before_snapshot(calls.append, "before")
        snapshot.before()
        snapshot.before()
        assert calls == ["before"]

    def test_what_a_hook_raises_comes_out(self, snapshot):
        register_after_restore(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            snapshot.cycle()


class TestTheRegistry:
    @pytest.fixture(autouse=True)
    def _hooks(self, registry):
        register_before_snapshot(print, "before")
        register_after_restore(print, "after")

    def wreck(self):
        package = snapshot_restore_py
        register_before_snapshot(len, "x")
        package._before_snapshot_registry.clear()
        package._after_restore_registry.append("no hook")
        package._before_snapshot_registry = []
        del package._after_restore_registry
        package._explicit = {}

    def test_is_put_back_with_the_same_lists_and_the_same_entries(self, registry):
        lists = registry._before_snapshot_registry, registry._after_restore_registry
        entries = [list(one) for one in lists]
        with Snapshot():
            self.wreck()
        assert registry._before_snapshot_registry is lists[0]
        assert registry._after_restore_registry is lists[1]
        for one, before in zip(lists, entries):
            assert len(one) == 1
            assert one[0] is before[0]
        assert registry._explicit is None

    def test_is_put_back_after_an_exception(self, registry):
        register_after_restore(self.wreck)
        register_after_restore(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError), Snapshot() as snapshot:
            snapshot.cycle()
        assert registry.get_before_snapshot() == [(print, ("before",), {})]
        assert len(registry.get_after_restore()) == 3

    def test_is_put_back_to_each_of_several_nested_states(self, registry):
        with Snapshot() as outer:
            register_after_restore(len, "outer")
            with Snapshot() as inner, inner:
                self.wreck()
            assert [args for _, args, _ in registry.get_after_restore()] == [
                ("after",),
                ("outer",),
            ]
            with outer:
                self.wreck()
            assert len(registry.get_after_restore()) == 2
        assert len(registry.get_after_restore()) == 1


class Threads:
    """Threads that work on, also with the generator of all, while copies are forked."""

    def __init__(self):
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.work, name=f"busy {i}") for i in range(3)]

    def work(self):
        while not self.stopped.is_set():
            random.random()

    def __enter__(self):
        for thread in self.threads:
            thread.start()

    def __exit__(self, *error):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture(params=["clone", "fork"])
def way(request, monkeypatch):
    """How the copies are made: in the best way that the system allows, or by a fork."""
    if request.param == "fork":
        monkeypatch.setenv("SNAPSHOT_RESTORE_COPIES", "fork")
    return request.param


@pytest.fixture(params=["one thread", pytest.param("busy threads", marks=beside_threads)])
def _threads(request):
    with Threads() if request.param == "busy threads" else contextlib.nullcontext():
        yield


@pytest.mark.usefixtures("way", "_threads")
class TestUniqueness:
    @pytest.mark.parametrize(
        "draw", [random.random, functools.partial(random.gauss, 0, 1), np.random.rand]
    )
    def test_copies_draw_the_same_numbers_without_a_hook(self, snapshot, draw):
        draw()
        assert len(set(snapshot.restores(3, draw))) == 1

    @pytest.mark.parametrize(
        ("reseed", "draw"),
        [(random.seed, random.random), (np.random.seed, np.random.rand)],
    )
    def test_copies_draw_different_numbers_with_a_hook(self, snapshot, reseed, draw):
        register_after_restore(reseed)
        assert len(set(snapshot.restores(3, draw))) == 3

    def test_what_openssl_draws_is_the_same_in_clones_as_in_lambda(self, snapshot):
        draw = functools.partial(ssl.RAND_bytes, 8)
        draw()
        different = {"clone": 1, "fork": 3}[copier().way]
        assert len(set(snapshot.restores(3, draw))) == different

    def test_what_the_system_draws_is_always_different(self, snapshot):
        assert len(set(snapshot.restores(3, functools.partial(os.urandom, 8)))) == 3


def test_the_test_goes_on_with_the_same_random_numbers(snapshot):
    random.seed(1)
    expected = random.random()
    random.seed(1)
    snapshot.restores(2, random.random)
    assert random.random() == expected


@pytest.mark.usefixtures("way")
class TestRestores:
    def test_hooks_before_run_once_here_and_hooks_after_in_each_copy(self, snapshot):
        calls = []
        register_before_snapshot(calls.append, "before")
        register_after_restore(calls.append, "after")
        assert snapshot.restores(3, lambda: calls) == [["before", "after"]] * 3
        assert calls == ["before"]

    def test_a_copy_has_the_process_id_of_the_test(self, snapshot):
        assert snapshot.restores(2, lambda: os.getpid()) == [os.getpid()] * 2

    def test_a_process_that_a_copy_forks_has_an_id_of_its_own(self, snapshot):
        def ids():
            read, write = os.pipe()
            if not os.fork():
                os.write(write, str(os.getpid()).encode())
                os._exit(0)
            return int(os.read(read, 20)), os.getpid()

        forked, own = snapshot.restores(1, ids)[0]
        assert forked != own

    @pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of its own fork
    def test_no_hook_of_forks_runs_anywhere(self, snapshot):
        calls = []
        hooks = {
            phase: functools.partial(calls.append, phase)
            for phase in ("before", "after_in_parent", "after_in_child")
        }
        os.register_at_fork(**hooks)
        assert snapshot.restores(2, lambda: calls) == [[]] * 2
        assert calls == []
        if not os.fork():
            os._exit(0)
        assert calls == ["before", "after_in_parent"]

    def test_results_come_in_order(self, snapshot, tmp_path):
        register_after_restore(lambda: tmp_path.joinpath("log").open("a").write("x"))
        size = lambda: tmp_path.joinpath("log").stat().st_size  # noqa: E731
        assert snapshot.restores(4, size) == [1, 2, 3, 4]

    def test_large_results_come_whole(self, snapshot):
        (result,) = snapshot.restores(1, lambda: bytes(range(256)) * 20_000)
        assert result == bytes(range(256)) * 20_000

    def test_a_copy_can_be_a_test_itself(self, snapshot):
        assert snapshot.restores(2, lambda: snapshot.restores(2, lambda: 1)) == [[1, 1]] * 2

    @beside_threads
    def test_the_copies_can_be_taken_in_another_thread(self, snapshot):
        results = []
        restores = functools.partial(snapshot.restores, 2, lambda: 1)
        thread = threading.Thread(target=lambda: results.extend(restores()))
        thread.start()
        thread.join()
        assert results == [1, 1]

    def test_async_hooks_run_in_the_copies(self, snapshot):
        calls = []

        async def hook():
            calls.append("async")

        register_after_restore(hook)
        assert snapshot.restores(2, lambda: calls) == [["async"]] * 2

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((0, print), ValueError, "at least one copy, not 0"),
            ((2.5, print), TypeError, "a number of copies, not 2.5"),
            ((1, None), TypeError, "takes a callable, not None. Pass the function itself"),
            ((1, print, 0), ValueError, "the timeout has to be positive, not 0 s"),
        ],
    )
    def test_a_wrong_call_is_refused_before_any_hook_runs(
        self, snapshot, arguments, error, message
    ):
        register_before_snapshot(lambda: 1 / 0)
        n, call, *timeout = arguments
        options = {"timeout": timeout[0]} if timeout else {}
        with pytest.raises(error, match=message):
            snapshot.restores(n, call, **options)

    def test_threads_without_the_global_lock_are_told(self, interpreter):
        # In a process of its own: the one of these tests may have threads of other tests.
        code = """
            import sys, threading
            from snapshot_restore_py.testing import Snapshot
            sys._is_gil_enabled = lambda: False
            done = threading.Event()
            worker = threading.Thread(target=done.wait, name="worker")
            worker.start()
            try:
                Snapshot().restores(1, str)
            except NotImplementedError as error:
                told = str(error)
            done.set()
            worker.join()
            report([told, Snapshot().restores(1, str)])
        """
        told, results = interpreter.run(code)
        assert "brings its threads to rest: worker." in told
        assert results == [""]

    def test_a_platform_without_fork_is_told(self, snapshot, monkeypatch):
        monkeypatch.delattr(os, "fork")
        register_before_snapshot(lambda: 1 / 0)
        with pytest.raises(NotImplementedError, match="this platform cannot do"):
            snapshot.restores(1, print)


class TwoArguments(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


class NoText(Exception):
    def __str__(self):
        raise RuntimeError


class Unreadable:
    def __reduce__(self):
        return int, ("no number",)


class UnreadableError(Exception):
    def __reduce__(self):
        return str, ("no exception",)


class NoRepr:
    def __repr__(self):
        raise RuntimeError

    def __reduce__(self):
        raise TypeError


class TestExceptions:
    def test_what_the_call_raises_is_raised_with_the_copys_traceback(self, snapshot):
        def fail():
            raise KeyError("name")

        with pytest.raises(KeyError, match="name") as caught:
            snapshot.restores(3, fail)
        shown = str(caught.value.__cause__)
        assert f'File "{__file__}", line {fail.__code__.co_firstlineno + 1}, in fail' in shown
        assert shown.endswith('KeyError: \'name\'\n"""')
        assert "snapshot_restore_py" not in shown.replace(__file__, "")

    @pytest.mark.skipif(sys.version_info < (3, 11), reason="notes came with Python 3.11")
    def test_notes_say_which_hook_in_which_copy(self, snapshot):
        def broken():
            raise OSError

        register_after_restore(broken)
        with pytest.raises(OSError) as caught:  # noqa: PT011
            snapshot.restores(3, print)
        hook, restore = caught.value.__notes__
        assert hook.startswith("Raised by the after_restore hook tests.test_testing.")
        assert hook in str(caught.value.__cause__)
        assert restore == "Raised in restore 1"

    def test_the_first_copy_that_fails_is_the_last_one(self, snapshot, tmp_path):
        def fail_in_the_second():
            tmp_path.joinpath("log").open("a").write("x")
            if tmp_path.joinpath("log").stat().st_size == 2:
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            snapshot.restores(4, fail_in_the_second)
        assert tmp_path.joinpath("log").read_text() == "xx"

    def test_the_exception_of_a_hook_before_the_snapshot_is_raised_here(self, snapshot):
        register_before_snapshot(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError) as caught:
            snapshot.restores(1, print)
        assert caught.value.__cause__ is None

    def test_an_exit_is_an_exception_too(self, snapshot):
        with pytest.raises(SystemExit, match="2"):
            snapshot.restores(1, functools.partial(sys.exit, 2))

    @pytest.mark.parametrize(
        ("error", "text"),
        [
            (TwoArguments("apples", "pears"), "TwoArguments: apples and pears"),
            (type("Local", (Exception,), {})("of\na function"), "Local: of a function"),
            (UnreadableError("odd"), "UnreadableError: odd"),
            (type("Silent", (NoText,), {})(), "Silent"),
        ],
    )
    def test_one_that_cannot_be_pickled_arrives_with_its_text(self, snapshot, error, text):
        with pytest.raises(RestoreError) as caught:
            snapshot.restores(1, functools.partial(raise_, error))
        assert str(caught.value) == (
            f"restore 1 raised an exception that does not survive pickling: {text}"
        )
        assert caught.value.restore == 1
        assert "in raise_" in str(caught.value.__cause__)


def raise_(error):
    raise error


class TestResults:
    @pytest.mark.parametrize(
        ("make", "text"),
        [
            (lambda: print, ""),
            (lambda: lambda: 1, "<lambda>"),
            (threading.Lock, r"<unlocked _thread.lock .*> \(a lock\), which cannot be pickled"),
            (lambda: [threading.Lock()] * 50, "returned a list, which cannot be pickled"),
            (NoRepr, r"returned a NoRepr, which cannot be pickled \(TypeError\)"),
            (Unreadable, r"returned what cannot be unpickled \(ValueError: invalid literal"),
        ],
    )
    def test_one_that_cannot_be_pickled_is_named(self, snapshot, make, text):
        if not text:
            assert snapshot.restores(1, make) == [print]
            return
        with pytest.raises(RestoreError, match=text) as caught:
            snapshot.restores(2, make)
        assert "let the call return something simpler" in str(caught.value)


class Held:
    """A pipe, which tells when all processes that hold its other end are gone."""

    def __init__(self):
        self.reading, self.writing = os.pipe()
        os.set_inheritable(self.writing, True)

    def is_let_go(self):
        os.close(self.writing)
        poll = select.poll()
        poll.register(self.reading, select.POLLIN)
        ready = poll.poll(60_000)
        assert not ready or os.read(self.reading, 1) == b""
        return bool(ready)


@pytest.fixture
def held():
    held = Held()
    yield held
    os.close(held.reading)


def hang():
    threading.Event().wait()


def with_a_forked_child(then):
    if not os.fork():
        hang()
    return then()


def with_a_started_child(then):
    command = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    subprocess.Popen(command, close_fds=False)
    return then()


@pytest.mark.usefixtures("way")
class TestProcesses:
    @pytest.mark.parametrize(
        ("end", "message"),
        [
            (lambda: os._exit(3), "restore 1 ended itself with status 3 before its call returned"),
            (lambda: os._exit(0), "restore 1 ended itself with status 0 before"),
            (
                lambda: os.kill(os.getpid(), signal.SIGKILL),
                r"restore 1 was killed by signal 9 \(Killed",
            ),
            (
                functools.partial(with_a_forked_child, lambda: os._exit(4)),
                "ended itself with status 4",
            ),
        ],
    )
    def test_a_copy_that_dies_is_told_with_its_end(self, snapshot, held, end, message):
        with pytest.raises(RestoreError, match=message):
            snapshot.restores(2, end)
        assert held.is_let_go()

    def test_a_copy_forks_though_threads_of_a_library_in_c_are_missing(self, snapshot, held):
        import numpy as np  # OpenBLAS waits for its threads before a fork.

        assert np.dot([2.0], [3.0]) == 6
        assert snapshot.restores(2, functools.partial(with_a_forked_child, lambda: 4)) == [4, 4]
        assert held.is_let_go()

    def test_a_copy_that_kills_the_process_of_the_snapshot_is_told(
        self, snapshot, held, monkeypatch
    ):
        # Copies of the other kind do not see that process.
        monkeypatch.setenv("SNAPSHOT_RESTORE_COPIES", "fork")
        with pytest.raises(RestoreError, match="the process that holds the snapshot has died in"):
            snapshot.restores(2, lambda: os.kill(os.getppid(), signal.SIGKILL) or hang())
        assert held.is_let_go()

    @pytest.mark.parametrize("call", [hang, functools.partial(with_a_started_child, hang)])
    def test_a_copy_that_hangs_is_killed(self, snapshot, held, call, monkeypatch):
        monkeypatch.setattr(time, "monotonic", lambda: 0.0)  # as tests do it that stop the clock
        with pytest.raises(RestoreError, match=r"restore 1 took longer than 0\.2 s and was kill"):
            snapshot.restores(2, call, timeout=0.2)
        assert held.is_let_go()

    def test_without_other_threads_none_are_told(self, interpreter):
        # In a process of its own: the one of these tests may have threads of pytest's.
        code = """
            import time
            from snapshot_restore_py.testing import RestoreError, Snapshot
            try:
                Snapshot().restores(1, lambda: time.sleep(1000), timeout=0.2)
            except RestoreError as error:
                report(str(error))
        """
        assert interpreter.run(code) == "restore 1 took longer than 0.2 s and was killed"

    @beside_threads
    def test_it_is_told_which_threads_a_copy_does_not_have(self, snapshot):
        with Threads(), pytest.raises(RestoreError, match=r"a copy does not have: .*busy 0, busy"):
            snapshot.restores(1, hang, timeout=0.2)

    @pytest.mark.parametrize("start", [with_a_forked_child, with_a_started_child])
    def test_children_of_a_copy_hold_nothing_up_and_are_killed(self, snapshot, held, start):
        assert snapshot.restores(2, functools.partial(start, lambda: "done")) == ["done"] * 2
        assert held.is_let_go()

    def test_a_child_that_returns_from_the_call_brings_no_result(self, snapshot):
        def call():
            copy = os.getpid()
            child = os.fork()
            if child:
                os.waitpid(child, 0)
            return os.getpid() == copy

        assert snapshot.restores(2, call) == [True, True]

    def test_a_process_whose_parent_has_ended_may_end_before_the_copy(self, snapshot):
        def call():
            read, write = os.pipe()
            subprocess.run(["sh", "-c", "true &"], pass_fds=[write], check=True)
            os.close(write)
            return os.read(read, 1)

        assert snapshot.restores(2, call) == [b"", b""]

    @beside_threads
    def test_copies_are_made_while_a_thread_works_without_the_interpreter(self, snapshot):
        # It works on in the C library, for longer than the copies wait for it to rest.
        numbers = functools.partial(hashlib.pbkdf2_hmac, "sha256", b"", b"", 3_000_000)
        thread = threading.Thread(target=numbers)
        thread.start()
        assert snapshot.restores(2, lambda: 1) == [1, 1]
        thread.join()

    def test_nothing_is_left_where_the_system_reaps_the_children(self, snapshot, held):
        before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        try:
            assert snapshot.restores(2, lambda: 1) == [1, 1]
        finally:
            signal.signal(signal.SIGCHLD, before)
        assert held.is_let_go()

    def test_no_descriptor_is_left_open(self, snapshot):
        lowest = os.dup(0)
        os.close(lowest)
        snapshot.restores(2, print)
        with pytest.raises(RestoreError):
            snapshot.restores(2, lambda: os._exit(1))
        assert os.dup(0) == lowest
        os.close(lowest)


def shout(text):
    print(text)
    print(text.upper(), file=sys.stderr)


class TestOutput:
    @pytest.mark.parametrize("capture", ["capfd", "capsys"])
    def test_of_the_copies_stands_between_that_of_the_test(self, snapshot, request, capture):
        captured = request.getfixturevalue(capture)
        register_after_restore(shout, "hook")
        shout("first")
        snapshot.restores(2, functools.partial(shout, "call"))
        shout("last")
        out, err = captured.readouterr()
        assert out.split() == ["first", *["hook", "call"] * 2, "last"]
        assert err == out.upper()

    @pytest.mark.parametrize("end", [lambda: 1 / 0, lambda: threading.Lock()])
    def test_of_a_copy_that_fails_comes_too(self, snapshot, capsys, end):
        with pytest.raises((ZeroDivisionError, RestoreError)):
            snapshot.restores(1, lambda: (print("working"), end()))
        assert capsys.readouterr().out == "working\n"

    def test_reaches_a_stream_in_memory(self, snapshot):
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            shout("first")
            snapshot.restores(2, functools.partial(shout, "call"))
        assert stream.getvalue().split() == ["first", "FIRST", *["call", "CALL"] * 2]

    def test_is_not_needed(self, snapshot, monkeypatch):
        closed = io.StringIO()
        closed.close()
        monkeypatch.setattr(sys, "stdout", None)
        monkeypatch.setattr(sys, "__stdout__", closed)
        assert snapshot.restores(2, lambda: 1) == [1, 1]


def test_a_holder_that_does_not_end_is_killed(snapshot, monkeypatch):
    from snapshot_restore_py._testing import copies

    await_end, killed = copies.await_end, []
    monkeypatch.setattr(copies, "await_end", lambda pid: await_end(pid) and False)
    monkeypatch.setattr(copies, "kill", killed.append)
    assert snapshot.restores(1, lambda: 3) == [3]
    assert len(killed) == 1
