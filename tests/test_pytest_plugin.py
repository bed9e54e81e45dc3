"""The pytest plugin, in real runs of pytest on projects of their own."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import textwrap

import pytest

from tests.conftest import HAS_LOCK, ROOT, hear_interrupts

LIBRARY = """
calls = []
def before_snapshot(): calls.append("before")
def after_restore(): calls.append("after")
"""


class Project:
    """A project with tests, and runs of pytest on it in a process of their own."""

    def __init__(self, interpreter, site):
        self.interpreter = interpreter
        self.site = site

    def write(self, **files):
        for name, source in files.items():
            (self.interpreter.cwd / f"{name}.py").write_text(textwrap.dedent(source))

    def test(self, *options, syrupy=False):
        """Run the tests, and return the number of each outcome, and all output."""
        result = self.interpreter.launch(self.arguments(*options, syrupy=syrupy), self.site)
        assert result.stderr == ""
        summary = re.findall(r"^(\d+ .*) in [0-9.]+s", result.stdout, re.MULTILINE)[-1]
        outcomes = {name: int(number) for number, name in re.findall(r"(\d+) ([a-z]+)", summary)}
        return outcomes, result.stdout

    def arguments(self, *options, syrupy=False):
        # Other plugins take half of the time of a run, and have nothing to do with ours.
        left_out = ["cacheprovider", "anyio", "faker", "hypothesispytest"]
        left_out += [] if syrupy else ["syrupy"]
        arguments = [word for name in left_out for word in ("-p", f"no:{name}")]
        return ["-m", "pytest", "-q", "-W", "error", *arguments, *options]


@pytest.fixture
def project(interpreter, site):
    return Project(interpreter, site)


@pytest.fixture
def library(site):
    """An installed distribution that ships hooks."""
    site.add("lib", {"lib": "lib"}, {"lib": LIBRARY})


MODULES = """
    import sys

    def pytest_unconfigure():
        names = ("snapshot_restore_py", "lib")
        print("imported:", [name for name in sys.modules if name.partition(".")[0] in names])
"""


@pytest.mark.usefixtures("library")
class TestCost:
    def test_a_project_without_our_fixtures_imports_nothing_of_ours_and_no_plugin(self, project):
        project.write(
            conftest=MODULES,
            test_it="""
                import sys

                def test_nothing():
                    assert "snapshot_restore_pytest" in sys.modules

                def test_with_other_fixtures(tmp_path, capsys, monkeypatch):
                    pass
            """,
        )
        outcomes, output = project.test("-s")
        assert outcomes == {"passed": 2}
        assert "imported: []\n" in output

    def test_one_that_uses_them_does_so_in_the_first_test_that_does(self, project):
        project.write(
            conftest=MODULES,
            test_it="""
                import sys

                def test_nothing():
                    assert "snapshot_restore_py" not in sys.modules
                    assert "lib" not in sys.modules

                def test_snapshot(snapshot):
                    assert "lib" in sys.modules
            """,
        )
        outcomes, output = project.test("-s")
        assert outcomes == {"passed": 2}
        assert "'lib'" in output

    def test_it_can_be_switched_off(self, project):
        project.write(test_it="def test_it(snapshot): pass")
        outcomes, output = project.test("-p", "no:snapshot_restore_pytest")
        assert outcomes == {"error": 1}
        assert "fixture 'snapshot' not found" in output

    def test_the_fixtures_are_listed_with_their_description(self, project):
        output = project.interpreter.launch(project.arguments("--fixtures")).stdout
        for name in ("snapshot", "lambda_snapshot"):
            assert re.search(rf"^{name} -- .*snapshot_restore_pytest\.py", output, re.MULTILINE)


WRECK = """
    import snapshot_restore_py
    from snapshot_restore_py import (
        get_after_restore, get_before_snapshot, plugins, register_after_restore,
        run_after_restore, run_before_snapshot,
    )

    def wreck():
        register_after_restore(print)
        run_before_snapshot()
        snapshot_restore_py._before_snapshot_registry = []
        get_after_restore().clear()
        run_after_restore()
        state = snapshot_restore_py._loader.plugins.pop()
        state.hooks["after_restore"].clear()
        state.status = "failed"

    def names(hooks):
        return [hook[0].__name__ for hook in hooks]

    def state():
        return [
            *map(names, [get_before_snapshot(), get_after_restore()]),
            [(p.name, p.status, names(p.before_snapshot), names(p.after_restore))
             for p in plugins()],
        ]

    WHOLE = [["before_snapshot"], ["after_restore"],
             [("lib", "loaded", ["before_snapshot"], ["after_restore"])]]
"""


@pytest.mark.usefixtures("library")
class TestPuttingBack:
    @pytest.mark.parametrize("fixture", ["snapshot", "lambda_snapshot"])
    def test_each_test_finds_the_plugins_hooks_whatever_the_ones_before_it_did(
        self, project, fixture
    ):
        source = """
            import unittest
            import pytest
            from wreck import *
            import lib

            def test_pass({0}):
                assert state() == WHOLE
                {0}.cycle()
                assert lib.calls == ["before", "after"]
                wreck()
                assert state() != WHOLE

            def test_fail({0}):
                assert state() == WHOLE
                wreck()
                1 / 0

            @pytest.fixture
            def through({0}):
                wreck()

            @pytest.mark.parametrize("number", [1, 2])
            def test_indirect(through, number, {0}):
                assert state() != WHOLE

            def test_dynamic(request):
                request.getfixturevalue("{0}")
                assert state() == WHOLE
                wreck()

            @pytest.fixture(scope="class")
            def hook():
                register_after_restore(len)

            @pytest.mark.usefixtures("{0}", "hook")
            class TestClass:
                @pytest.mark.parametrize("number", [1, 2])
                def test_it(self, number):
                    assert names(get_after_restore()) == ["after_restore", "len"]
                    wreck()

                @classmethod
                def teardown_class(cls):
                    assert get_after_restore().pop()[0] is len

            class TestUnittest(unittest.TestCase):
                @pytest.fixture(autouse=True)
                def use(self, {0}):
                    pass

                def test_one(self):
                    assert state() == WHOLE
                    wreck()

                def test_two(self):
                    assert state() == WHOLE
                    wreck()

            def test_last({0}):
                assert state() == WHOLE
        """
        project.write(wreck=WRECK, test_it=source.replace("{0}", fixture))
        outcomes, output = project.test()
        assert outcomes == {"failed": 1, "passed": 9}, output
        assert "1 / 0" in output

    def test_both_names_are_one_snapshot(self, project):
        project.write(
            test_it="def test_it(snapshot, lambda_snapshot): assert snapshot is lambda_snapshot"
        )
        assert project.test()[0] == {"passed": 1}

    def test_a_plugin_that_waits_is_loaded_before(self, project, site):
        modules = {
            "slow": "import snapshot_restore_py\nvalue = 1\n",
            "slow.snapshot": "from slow import value\ndef after_restore(): pass\n",
        }
        site.add("slow", {"slow": "slow.snapshot"}, modules)
        project.write(
            test_it="""
                import slow
                from snapshot_restore_py import get_after_restore

                def test_one(snapshot):
                    assert len(get_after_restore()) == 2

                test_two = test_one
            """
        )
        assert project.test()[0] == {"passed": 2}


UNIQUENESS = """
    import random
    import threading
    import pytest
    from snapshot_restore_py import register_after_restore

    @pytest.fixture(params=[0, 3])
    def _threads(request):
        stopped = threading.Event()
        def work():
            while not stopped.is_set():
                random.random()
        threads = [threading.Thread(target=work) for _ in range(request.param)]
        for thread in threads: thread.start()
        yield
        stopped.set()
        for thread in threads: thread.join()

    @pytest.mark.parametrize("time", range(2))
    def test_same(snapshot, _threads, time):
        assert len(set(snapshot.restores(3, random.random))) == 1

    @pytest.mark.parametrize("time", range(2))
    def test_different(snapshot, _threads, time):
        register_after_restore(random.seed)
        assert len(set(snapshot.restores(3, random.random))) == 3
"""


class TestRunningPytest:
    @pytest.mark.parametrize(
        "options",
        [
            (),
            ("-n", "2"),
            ("-s",),
            ("--capture=sys",),
            ("-p", "no:capture"),
            ("-p", "no:logging", "-p", "no:faulthandler", "-p", "no:threadexception"),
        ],
        ids=" ".join,
    )
    def test_copies_are_alike_without_a_hook_and_unique_with_one(self, project, options):
        threads = [0, 3] if HAS_LOCK else [0]
        project.write(test_it=UNIQUENESS.replace("[0, 3]", str(threads)))
        outcomes, output = project.test(*options)
        assert outcomes == {"passed": 4 * len(threads)}, output

    @pytest.mark.parametrize(
        "capture", ["--capture=fd", "--capture=sys", "--capture=tee-sys", "-s", "-pno:capture"]
    )
    def test_output_comes_once_from_the_test_and_once_from_each_copy(self, project, capture):
        project.write(
            test_it="""
                import sys

                def say(text):
                    print(text)
                    print("error", text, file=sys.stderr)

                def test_it(snapshot):
                    print("start", end=" ")  # stays in the buffer
                    snapshot.restores(2, lambda: say("copy"))
                    say("end")
                    1 / 0
            """
        )
        arguments = project.arguments(capture, "--show-capture=all")
        result = project.interpreter.launch(arguments)
        # What "tee-sys" passes through stands before the report of the failure.
        passed_through, _, captured = result.stdout.partition("= FAILURES =")
        if capture in ("--capture=fd", "--capture=sys"):
            assert "copy" not in passed_through + result.stderr
        else:
            assert "start copy\ncopy\nend\n" in passed_through
            assert result.stderr == "error copy\nerror copy\nerror end\n"
        if capture.startswith("--capture"):
            assert re.search(r"Captured stdout call -+\nstart copy\ncopy\nend\n", captured)
            assert re.search(
                r"Captured stderr call -+\nerror copy\nerror copy\nerror end\n", captured
            )
        assert result.stdout.count("1 failed") == 1

    def test_a_failure_is_shown_with_the_copys_traceback_and_without_our_own_code(self, project):
        project.write(
            test_it="""
                def new_order_id():
                    return {}["missing"]

                def test_it(snapshot):
                    snapshot.restores(2, new_order_id)
            """
        )
        outcomes, output = project.test()
        assert outcomes == {"failed": 1}
        assert 'test_it.py", line 3, in new_order_id' in output
        assert ">       snapshot.restores(2, new_order_id)\nE       KeyError: 'missing'" in output
        assert "def restores" not in output
        assert "def value_of" not in output


def test_failing_and_skipping_in_a_copy_are_what_they_are(project):
    project.write(
        test_it="""
            import pytest

            @pytest.mark.parametrize("end", [pytest.fail, pytest.skip, pytest.xfail])
            def test_it(snapshot, end):
                snapshot.restores(2, lambda: end("because of this"))
        """
    )
    outcomes, output = project.test("-rs")
    assert outcomes == {"failed": 1, "skipped": 1, "xfailed": 1}
    assert "Failed: because of this" in output
    assert "pickl" not in output


LEAVING = """
    import os, subprocess, threading
    import pytest
    from snapshot_restore_py.testing import RestoreError

    def leave():
        subprocess.Popen(["sleep", "1000"], start_new_session=True, pass_fds=[{0}])

    def leave_and_hang():
        if not os.fork():
            os.setsid()
            threading.Event().wait()
        leave()
        threading.Event().wait()

    def test_it(snapshot):
        snapshot.restores(2, leave)
        with pytest.raises(RestoreError, match="took longer than"):
            snapshot.restores(2, leave_and_hang, timeout=0.2)
"""


@pytest.mark.parametrize("way", ["fork", "clone"])
def test_copies_leave_no_process_that_has_left_its_session(project, way):
    reading, writing = os.pipe()
    project.write(test_it=LEAVING.format(writing))
    process = subprocess.run(
        [sys.executable, *project.arguments()],
        cwd=project.interpreter.cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SNAPSHOT_RESTORE_COPIES": way},
        pass_fds=[writing],
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    os.close(writing)
    assert process.returncode == 0, process.stdout
    os.set_blocking(reading, False)
    assert os.read(reading, 1) == b""  # The processes that could write are all gone.
    os.close(reading)


HANGING = """
    import os, threading

    def hang():
        os.write({0}, b"x")
        threading.Event().wait()

    def test_it(snapshot):
        snapshot.restores(3, hang, timeout=600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_stays_behind_when_pytest_is_stopped(project, number):
    reading, writing = os.pipe()
    project.write(test_it=HANGING.format(writing))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, *project.arguments()],
        cwd=project.interpreter.cwd,
        env=environment,
        pass_fds=[writing],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )
    os.close(writing)
    assert os.read(reading, 1) == b"x"  # a copy lives
    process.send_signal(number)
    output = process.communicate(timeout=300)[0]
    assert process.returncode == (2 if number == signal.SIGINT else -number)
    assert ("! KeyboardInterrupt !" in output) == (number == signal.SIGINT)
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    assert poll.poll(60_000)
    assert os.read(reading, 1) == b""  # The processes that could write are all gone.
    os.close(reading)


class TestSyrupy:
    """Another plugin whose fixture is called `snapshot`, and has more users."""

    EITHER_FIRST = (("-p", "syrupy"), ("-p", "snapshot_restore_pytest"), ())

    @pytest.mark.parametrize("order", EITHER_FIRST, ids=["theirs first", "ours first", "as found"])
    def test_its_fixture_keeps_the_name_and_ours_has_the_other(self, project, order):
        project.write(
            test_it="""
                import random

                def test_theirs(snapshot):
                    assert {"total": 3} == snapshot

                def test_ours(lambda_snapshot):
                    assert len(set(lambda_snapshot.restores(2, random.random))) == 1

                def test_both(snapshot, lambda_snapshot):
                    assert lambda_snapshot.restores(2, lambda: 1) == snapshot
            """
        )
        assert project.test(*order, "--snapshot-update", syrupy=True)[0]["passed"] == 3
        assert project.test(*order, syrupy=True)[0] == {"passed": 3}
        written = (project.interpreter.cwd / "__snapshots__" / "test_it.ambr").read_text()
        assert "'total': 3" in written

    @pytest.mark.parametrize("order", EITHER_FIRST, ids=["theirs first", "ours first", "as found"])
    def test_a_folder_can_give_the_name_to_ours(self, project, order):
        project.write(
            conftest="""
                import pytest

                @pytest.fixture
                def snapshot(lambda_snapshot):
                    return lambda_snapshot
            """,
            test_it="def test_it(snapshot): assert snapshot.restores(2, lambda: 1) == [1, 1]",
        )
        arguments = project.arguments(*order, syrupy=True)
        result = project.interpreter.launch(arguments)
        assert "1 passed" in result.stdout

    def test_an_error_in_its_fixture_is_its_own(self, project):
        project.write(
            other="""
                import pytest

                @pytest.fixture
                def snapshot(missing):
                    pass
            """,
            test_it="def test_it(snapshot): pass",
        )
        outcomes, output = project.test("-p", "other")
        assert outcomes == {"error": 1}
        assert "fixture 'missing' not found" in output


class TestALibrarysOwnPlugin:
    """Loaded by `snapshot.plugin()`, from a folder of a project that is not installed."""

    @pytest.fixture
    def write(self, project):
        def write(test, **modules):
            folder = project.interpreter.cwd / "mylib"
            folder.mkdir()
            (folder / "__init__.py").write_text("connections = ['old']\n")
            for name, source in modules.items():
                (folder / f"{name}.py").write_text(textwrap.dedent(source))
            project.write(test_it=test)

        return write

    FUNCTIONS = """
        import mylib
        def before_snapshot(): mylib.connections.clear()
        def after_restore(): mylib.connections.append("new")
    """
    DECORATED = """
        import mylib
        from snapshot_restore_py import register_after_restore, register_before_snapshot
        @register_before_snapshot
        def close(): mylib.connections.clear()
        @register_after_restore
        def after_restore(): mylib.connections.append("new")
        class Pool:
            @register_after_restore
            def warm(self=None): mylib.connections.append("warm")
    """

    @pytest.mark.parametrize("first_line", ["import mylib", "import mylib.snapshot"])
    @pytest.mark.parametrize(
        ("provider", "connections", "log"),
        [
            (FUNCTIONS, ["new"], "0"),
            (DECORATED, ["new", "warm"], "0"),
            (DECORATED, ["new", "warm"], "1"),
        ],
    )
    def test_works_in_each_test_as_when_it_is_installed(
        self, project, write, provider, connections, log, first_line, monkeypatch
    ):
        monkeypatch.setenv("SNAPSHOT_RESTORE_LOG", log)
        test = f"""
            {first_line}
            import pytest
            from snapshot_restore_py import get_after_restore, plugins, register_after_restore

            @pytest.mark.parametrize("time", range(3))
            def test_it(snapshot, time):
                register_after_restore(print)
                plugin = snapshot.plugin("mylib.snapshot")
                assert plugin.status == "loaded"
                assert snapshot.plugin("mylib.snapshot") == plugin == plugins()[-1]
                hooks = get_after_restore()
                assert [bool(hook.plugin) for hook in hooks][-2:] == [True, False]
                assert tuple(hooks[:-1]) == plugin.after_restore
                assert snapshot.restores(2, lambda: mylib.connections) == [{connections}] * 2
                mylib.connections[:] = ["old"]

            def test_is_gone_afterwards(snapshot):
                assert plugins() == ()
        """
        write(test, snapshot=provider)
        outcomes, output = project.test()
        assert outcomes == {"passed": 4}, output

    def test_stands_after_the_installed_plugins_and_keeps_their_hooks(
        self, project, write, library
    ):
        test = """
            from snapshot_restore_py import plugins
            import lib

            def test_it(snapshot):
                snapshot.plugin("mylib.snapshot")
                assert snapshot.plugin("lib").distribution == "lib"
                assert [plugin.name for plugin in plugins()] == ["lib", "mylib.snapshot"]
                assert snapshot.restores(1, lambda: lib.calls) == [["before", "after"]]
        """
        write(test, snapshot=self.FUNCTIONS)
        outcomes, output = project.test()
        assert outcomes == {"passed": 1}, output

    @pytest.mark.parametrize(
        ("value", "error"),
        [
            ("mylib.snapshot", "PluginError: plugin 'mylib.snapshot' (mylib.snapshot = mylib.s"),
            ("mylib.nothing", "ModuleNotFoundError"),
            ("mylib snapshot", "ValueError: 'mylib snapshot' is not of the form"),
        ],
    )
    def test_that_does_not_work_is_an_error(self, project, write, value, error):
        test = f"def test_it(snapshot): snapshot.plugin({value!r})"
        write(test, snapshot="def other(): pass")
        outcomes, output = project.test()
        assert outcomes == {"failed": 1}
        assert error in output


def test_the_examples_of_the_documentation_work_as_they_stand_there(project):
    page = (ROOT / "docs" / "how-to" / "test.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    # The one on virtual machines runs in tests/machine.
    unique, plugin, conftest = (one for one in blocks if "microvm" not in one)
    project.write(
        app="""
            import random
            from snapshot_restore_py import register_after_restore

            register_after_restore(random.seed)

            def new_order_id():
                return f"{random.getrandbits(64):x}"
        """,
        test_unique=unique,
        test_plugin=plugin,
        conftest=conftest,
    )
    package = project.interpreter.cwd / "mylib"
    package.mkdir()
    (package / "pool.py").write_text("state = ['open']\ndef is_open(): return bool(state)\n")
    (project.interpreter.cwd / "mylib_snapshot.py").write_text(
        "from mylib import pool\ndef before_snapshot(): pool.state.clear()\n"
        "def after_restore():\n    assert not pool.state\n    pool.state.append('open')\n"
    )
    outcomes, output = project.test()
    assert outcomes == {"passed": 2}, output
