"""What `SNAPSHOT_RESTORE_LOG=1` writes of the hooks, and that they notice nothing of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPORT, ROOT

if TYPE_CHECKING:
    import subprocess

ON = {"SNAPSHOT_RESTORE_LOG": "1"}
AS_JSON = {**ON, "AWS_LAMBDA_LOG_FORMAT": "JSON"}
PAGE = ROOT / "docs" / "how-to" / "log.md"

# The clock moves only where a hook moves it.
HOOKS = """
    import time
    import snapshot_restore_py
    from snapshot_restore_py import *
    from snapshot_restore_py import (
        get_after_restore, get_before_snapshot, run_after_restore, run_before_snapshot
    )

    now = [100.0]
    time.perf_counter = lambda: now[0]

    def close(seconds=0.25):
        now[0] += seconds

    def reopen(seconds=0.5):
        now[0] += seconds

    def fail():
        raise ValueError("still in use")

    def before_as_the_client_runs_them():
        hooks = get_before_snapshot()
        while hooks:
            func, args, kwargs = hooks.pop()
            func(*args, **kwargs)

    def after_as_the_client_runs_them():
        for func, args, kwargs in get_after_restore():
            func(*args, **kwargs)
"""


def start(interpreter, code, *path, env=AS_JSON):
    """Run code after that of `HOOKS`, and return its result."""
    setup = "\n".join(line[4:] for line in HOOKS.splitlines())
    # As a file: the names in the log are those of __main__ then, with an end of the path.
    return interpreter.start(f"{REPORT}{setup}\n{_dedented(code)}", *path, env=env)


def _dedented(code: str) -> str:
    margin = min(len(one) - len(one.lstrip()) for one in code.splitlines() if one.strip())
    return "\n".join(line[margin:] for line in code.splitlines())


def lines(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the lines that were written; nothing else was, and the process ended well."""
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stderr.splitlines()]


def names(line: dict[str, Any]) -> list[str]:
    return [hook["name"].rpartition(".")[2] for hook in line["hooks"]]


RUNS = {
    "by hand": "run_before_snapshot(); run_after_restore()",
    "as the client": "before_as_the_client_runs_them(); after_as_the_client_runs_them()",
}


@pytest.fixture(params=RUNS.values(), ids=RUNS)
def both_phases(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestLines:
    def test_each_phase_writes_one_line_with_its_hooks_as_they_ran(
        self, interpreter, site, both_phases
    ):
        site.add("acme-client", {"acme": "acme"}, {"acme": "def after_restore(): pass"})
        code = f"""
            register_before_snapshot(close)
            register_before_snapshot(close, seconds=2)
            register_after_restore(reopen)
            {both_phases}
        """
        result = start(interpreter, code, site)
        assert result.stdout == ""
        before, after = lines(result)
        close = {"name": "__main__.close", "plugin": None, "error": None}
        plugin = {"name": "acme.after_restore", "plugin": "acme", "seconds": 0, "error": None}
        assert {name: before[name] for name in ("phase", "seconds", "hooks", "level")} == {
            "phase": "before_snapshot",
            "seconds": 2.25,
            "hooks": [{**close, "seconds": 2}, {**close, "seconds": 0.25}],
            "level": "INFO",
        }
        assert after["hooks"] == [
            plugin,
            {"name": "__main__.reopen", "plugin": None, "seconds": 0.5, "error": None},
        ]
        assert after["message"] == "after_restore: 2 hooks in 0.500 s"
        assert after["logger"] == "snapshot_restore_py"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", after["timestamp"])

    def test_without_json_a_line_is_like_those_of_the_runtime_client(
        self, interpreter, site, both_phases
    ):
        site.add("acme-client", {"acme": "acme"}, {"acme": "def after_restore(): pass"})
        code = f"register_after_restore(reopen)\n{both_phases}"
        result = start(interpreter, code, site, env=ON)
        head = r"\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t\tsnapshot_restore_py "
        after = re.escape(
            "after_restore: 2 hooks in 0.500 s: acme.after_restore (plugin acme) 0.000 s, "
            "__main__.reopen 0.500 s"
        )
        *_, last = result.stderr.splitlines()
        assert re.fullmatch(head + after, last)

    def test_each_restore_writes_a_line(self, interpreter):
        code = """
            register_after_restore(reopen)
            run_after_restore()
            after_as_the_client_runs_them()
            run_after_restore()
        """
        assert [names(line) for line in lines(start(interpreter, code))] == [["reopen"]] * 3

    def test_a_phase_without_hooks_writes_one_too_but_a_look_at_the_registry_none(
        self, interpreter
    ):
        code = """
            get_before_snapshot(), get_after_restore(), snapshot_restore_py.plugins()
            before_as_the_client_runs_them()
            report(None)
            run_before_snapshot()
            run_after_restore()
        """
        before, after = lines(start(interpreter, code))
        assert (before["phase"], before["hooks"]) == ("before_snapshot", [])
        assert after["message"] == "after_restore: no hooks in 0.000 s"

    def test_hooks_that_hooks_register_are_among_those_of_the_phase(self, interpreter, both_phases):
        code = f"""
            register_before_snapshot(register_before_snapshot, close)
            register_after_restore(register_after_restore, reopen)
            {both_phases}
        """
        before, after = lines(start(interpreter, code))
        assert names(before) == ["register_before_snapshot", "close"]
        assert names(after) == ["register_after_restore", "reopen"]

    @pytest.mark.parametrize("phase", ["before_snapshot", "after_restore"])
    @pytest.mark.parametrize("run", ["run_{0}()", "{1}_as_the_client_runs_them()"])
    def test_a_hook_that_raises_is_in_the_line_and_its_exception_comes_out(
        self, interpreter, phase, run
    ):
        code = f"""
            for hook in (close, fail, close):
                register_{phase}(hook)
            try:
                {run.format(phase, phase.partition("_")[0])}
            except ValueError as error:
                report([str(error), len(get_{phase}())])
        """
        result = start(interpreter, code)
        (line,) = lines(result)
        assert (line["phase"], line["level"]) == (phase, "ERROR")
        assert [hook["error"] for hook in line["hooks"]] == [None, "ValueError: still in use"]
        assert json.loads(result.stdout) == ["still in use", 1 if "before" in phase else 3]

    def test_async_hooks_are_timed_where_a_loop_runs_and_where_none_does(self, interpreter):
        code = """
            import asyncio, os

            @register_before_snapshot
            @register_after_restore
            async def hook(how="well"):
                now[0] += 2
                await asyncio.sleep(0)
                loops.append(asyncio.get_running_loop())
                if how == "badly":
                    fail()

            register_after_restore(hook, "badly")
            os.environ["AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH"] = "/before"
            os.environ["AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH"] = "/after"
            from snapshot_restore_py import web
            loops, sent = [], []
            hooks = [func for func, args, kwargs in get_before_snapshot()]

            async def send(message):
                sent.append(message.get("status"))

            async def serve():
                for path in ("/before", "/after"):
                    scope = {"method": "POST", "path": path, "client": ("127.0.0.1", 1)}
                    await web.asgi(None)(scope, None, send)
                return loops == [asyncio.get_running_loop()] * 3

            in_the_servers_loop = asyncio.run(serve())
            get_after_restore().pop()
            run_after_restore()
            report([in_the_servers_loop, sent, hooks == [hook]])
        """
        result = start(interpreter, f"import logging\nlogging.disable()\n{_dedented(code)}")
        assert json.loads(result.stdout) == [True, [204, None, 500, None], True]
        before, failed, after = lines(result)
        assert [hook["seconds"] for hook in before["hooks"] + after["hooks"]] == [2, 2]
        assert [hook["error"] for hook in failed["hooks"]] == [None, "ValueError: still in use"]

    def test_a_phase_that_is_broken_off_writes_its_line_when_the_next_begins(self, interpreter):
        code = """
            register_after_restore(reopen)
            register_after_restore(close)
            for func, args, kwargs in get_after_restore():
                func(*args, **kwargs)
                break
            run_after_restore()
            for func, args, kwargs in get_after_restore():
                func(*args, **kwargs)
                func(*args, **kwargs)
        """
        found = [names(line) for line in lines(start(interpreter, code))]
        assert found == [["reopen"], ["reopen", "close"], ["reopen"], ["reopen", "close"]]

    def test_the_order_in_which_somebody_else_runs_them_makes_no_difference(self, interpreter):
        code = """
            register_before_snapshot(close)
            register_before_snapshot(reopen)
            for func, args, kwargs in reversed(get_before_snapshot()):
                func(*args, **kwargs)
        """
        assert [names(line) for line in lines(start(interpreter, code))] == [["reopen", "close"]]


class TestWarning:
    @pytest.mark.parametrize(("seconds", "is_slow"), [(4.9, False), (5, True), (70, True)])
    def test_from_half_of_the_time_that_lambda_allows_after_a_restore(
        self, interpreter, seconds, is_slow
    ):
        code = f"register_after_restore(reopen, {seconds})\nrun_after_restore()"
        *warnings, line = lines(start(interpreter, code))
        assert line["seconds"] == seconds
        assert line["level"] == ("WARNING" if is_slow else "INFO")
        assert [(one["level"], one["message"]) for one in warnings] == [
            ("WARNING", f"after_restore took {seconds:.3f} of the 10 seconds that Lambda allows")
        ] * is_slow

    def test_the_hooks_before_the_snapshot_have_longer(self, interpreter):
        code = "register_before_snapshot(close, 70)\nrun_before_snapshot()"
        (line,) = lines(start(interpreter, code))
        assert (line["seconds"], line["level"]) == (70, "INFO")

    def test_it_is_written_while_a_hook_hangs(self, interpreter):
        code = """
            import os
            read, write = os.pipe()
            real = os.dup(2)
            os.dup2(write, 2)

            @register_after_restore
            def hang():
                data = b""
                while not data.endswith(b"\\n"):  # It waits for the warning of itself.
                    data += os.read(read, 4096)
                os.dup2(real, 2)
                os.write(2, data)
                now[0] += 7

            run_after_restore()
        """
        warning, line = lines(start(interpreter, code))
        assert warning["level"] == "WARNING"
        assert warning["message"].endswith("and __main__.hang is still running")
        assert (line["seconds"], line["level"]) == (7, "WARNING")

    def test_a_phase_that_was_broken_off_is_not_said_to_run(self, interpreter):
        code = """
            import threading
            register_after_restore(reopen)
            register_after_restore(close)
            for func, args, kwargs in get_after_restore():
                func(*args, **kwargs)
                break
            for thread in threading.enumerate():
                if thread is not threading.current_thread():
                    thread.join()
            report(threading.active_count())
        """
        result = start(interpreter, code)
        assert (lines(result), result.stdout) == ([], "1\n")

    def test_it_comes_at_the_end_where_no_thread_is_to_be_had(self, interpreter):
        code = """
            import threading
            def start(thread):
                raise RuntimeError("can't start new thread")
            threading.Thread.start = start
            register_after_restore(reopen, 6)
            run_after_restore()
        """
        warning, line = lines(start(interpreter, code))
        assert "took 6.000 of the 10 seconds" in warning["message"]
        assert names(line) == ["reopen"]


class TestRegistry:
    def test_the_lists_hold_what_they_hold_without_it(self, interpreter, site):
        site.add("acme", {"acme": "acme"}, {"acme": "def before_snapshot(): pass"})
        code = """
            first = get_before_snapshot()
            register_before_snapshot(close, 1, key=2)
            register_before_snapshot(print)
            plugin, entry, _ = hooks = get_before_snapshot()
            again = [one is other for one, other in zip(get_before_snapshot(), hooks)]
            func, args, kwargs = entry
            (record,) = snapshot_restore_py.plugins()
            report([
                hooks is first is snapshot_restore_py._before_snapshot_registry,
                again,
                entry == (close, (1,), {"key": 2}),
                entry[0] is close,
                (func, args, kwargs) == entry,
                func == close and close == func and func == func and func != print,
                len({func, close}),
                [func.__name__, func.__defaults__, repr(func) == repr(close)],
                plugin.plugin.name,
                record.before_snapshot[0] is plugin,
                hooks.pop() == (print, (), {}),
                len(hooks),
            ])
        """
        result = start(interpreter, code, site)
        assert lines(result) == []
        assert json.loads(result.stdout) == [
            *[True, [True] * 3, True, True, True, True, 1],
            *[["close", [0.25], True], "acme", True, True, 2],
        ]

    def test_hooks_that_are_taken_out_and_registered_again_are_timed_once(self, interpreter):
        code = """
            @register_after_restore
            async def hook():
                now[0] += 1

            hooks = get_after_restore()
            for func, args, kwargs in hooks.copy():
                hooks.clear()
                register_after_restore(func, *args, **kwargs)
            run_after_restore()
            report(now[0])
        """
        result = start(interpreter, code)
        (line,) = lines(result)
        assert [(hook["name"], hook["seconds"]) for hook in line["hooks"]] == [("__main__.hook", 1)]
        assert result.stdout == "101.0\n"

    def test_what_somebody_else_has_put_there_is_left_alone(self, interpreter):
        code = """
            snapshot_restore_py._after_restore_registry = hooks = [[reopen, (), {}]]
            hooks.append((1, 2))
            register_after_restore(reopen)
            get_after_restore()
            del hooks[1]
            after_as_the_client_runs_them()
            report([type(one).__mro__[-2].__name__ for one in hooks])
        """
        result = start(interpreter, code)
        (line,) = lines(result)
        assert (names(line), json.loads(result.stdout)) == (["reopen"], ["list", "tuple"])

    def test_the_package_can_be_imported_anew(self, interpreter):
        code = """
            import sys
            del sys.modules["snapshot_restore_py"]
            import snapshot_restore_py as again
            again.register_after_restore(reopen)
            again.run_after_restore()
        """
        assert [names(line) for line in lines(start(interpreter, code))] == [["reopen"]]


STREAMS = {
    "closed": "sys.stderr.close()",
    "closed below": "os.close(2)",
    "none": "sys.stderr = None",
    "nobody reads": "r, w = os.pipe(); os.dup2(w, 2); os.close(w); os.close(r)",
    "raises": "sys.stderr = type('Stream', (), {'flush': lambda self: None})()",
    "full": "os.dup2(os.open('/dev/full', os.O_WRONLY), 2)",
}


class TestFaults:
    @pytest.mark.parametrize("env", [ON, AS_JSON], ids=["text", "json"])
    @pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
    def test_a_stream_that_takes_nothing_changes_nothing(self, interpreter, stream, env):
        code = f"""
            import os, sys
            register_before_snapshot(close)
            register_after_restore(reopen)
            {stream}
            run_before_snapshot()
            run_after_restore()
            report(now[0])
        """
        result = start(interpreter, code, env=env)
        assert (result.returncode, result.stdout) == (0, "100.75\n")

    @pytest.mark.parametrize(
        ("stream", "text"),
        [
            ("io.StringIO()", "gr\u00f6\u00dfe"),
            ("io.TextIOWrapper(Bytes(), 'ascii', write_through=True)", "gr\\xf6\\xdfe"),
        ],
    )
    def test_a_stream_that_is_no_file_gets_what_it_can_take(self, interpreter, stream, text):
        code = f"""
            import io, sys

            class Bytes(io.BytesIO):
                def close(self):
                    pass

            def gr\u00f6\u00dfe():
                pass

            register_after_restore(gr\u00f6\u00dfe)
            sys.stderr = stream = {stream}
            run_after_restore()
            value = stream.getvalue() if hasattr(stream, "getvalue") else stream.buffer.getvalue()
            report(value if isinstance(value, str) else value.decode("ascii"))
        """
        result = start(interpreter, code, env={**ON, "PYTHONIOENCODING": "utf-8"})
        (line,) = json.loads(result.stdout).splitlines()
        assert line.endswith(f"__main__.{text} 0.000 s")

    @pytest.mark.parametrize("env", [ON, AS_JSON], ids=["text", "json"])
    def test_hooks_and_errors_that_do_not_tell_their_names_are_told_nevertheless(
        self, interpreter, env
    ):
        code = """
            class Module:
                def __format__(self, how):
                    raise SystemExit(3)

            class Hostile:
                __module__ = Module()

                def __call__(self):
                    pass

                def __repr__(self):
                    raise SystemExit(4)

            class Failure(Exception):
                def __str__(self):
                    raise SystemExit(5)

            def odd():
                raise Failure

            odd.__qualname__ = "\\udc80 \\x1b[31m\\n\\u2028red"
            register_after_restore(Hostile())
            register_after_restore(odd)
            try:
                run_after_restore()
            except Failure:
                report("raised")
        """
        result = start(interpreter, code, env=env)
        assert (result.returncode, result.stdout) == (0, '"raised"\n')
        (line,) = result.stderr.splitlines()
        assert "a Hostile object" in line
        name = "__main__.\\udc80 \\x1b[31m red"
        if env is ON:
            assert f"{name} 0.000 s failed: Failure" in line
        else:
            *_, last = json.loads(line)["hooks"]
            assert (last["name"], last["error"]) == (name, "Failure")

    def test_a_long_error_is_cut(self, interpreter):
        code = """
            @register_after_restore
            def hook():
                raise ValueError("x" * 10_000_000)
            try:
                run_after_restore()
            except ValueError:
                pass
        """
        (line,) = lines(start(interpreter, code))
        (hook,) = line["hooks"]
        assert len(hook["error"]) == 1003
        assert hook["error"].endswith("xxx...")


class TestVariable:
    @pytest.mark.parametrize(
        ("word", "is_on"),
        [
            *[("1", True), ("TRUE", True), ("yes", True), (" On ", True)],
            *[("", False), ("0", False), ("false", False), ("No", False), ("off", False)],
        ],
    )
    def test_words_for_yes_and_no_are_understood_and_only_yes_imports_anything(
        self, interpreter, word, is_on
    ):
        code = """
            import sys
            run_after_restore()
            report("snapshot_restore_py._phase_log" in sys.modules)
        """
        result = start(interpreter, code, env={"SNAPSHOT_RESTORE_LOG": word})
        assert (json.loads(result.stdout), "no hooks" in result.stderr) == (is_on, is_on)

    def test_another_word_is_refused(self, interpreter):
        env = {"SNAPSHOT_RESTORE_LOG": "verbose"}
        result = interpreter.start("import snapshot_restore_py", env=env)
        assert result.returncode == 1
        *_, last = result.stderr.splitlines()
        assert last == (
            "snapshot_restore_py.PluginError: SNAPSHOT_RESTORE_LOG='verbose' is neither yes nor "
            "no. Write 1, true, yes or on to write what the hooks did; leave it out, or write 0, "
            "false, no or off, if not"
        )

    def test_without_it_nothing_is_written_and_entries_are_plain(self, interpreter):
        code = """
            register_after_restore(reopen)
            run_after_restore()
            func, args, kwargs = get_after_restore()[0]
            report(func is reopen)
        """
        assert interpreter.run(f"{HOOKS}{_indented(code)}") is True


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in _dedented(code).splitlines())


class TestDocumentedQueries:
    """The queries of the page, as far as they can be tried without CloudWatch."""

    CODE = "register_after_restore(reopen)\nrun_after_restore()\nregister_after_restore(fail)\n"
    CODE += "try: run_after_restore()\nexcept ValueError: pass"

    def test_the_fields_that_they_name_are_in_the_line(self, interpreter):
        asked = set()
        for query in re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
            if "parse @message" not in query and query.startswith("fields"):
                asked.update(re.findall(r"\b(?:hooks\.0\.)?[a-z]+\b", _without_words(query)))
        assert {"phase", "seconds", "hooks.0.name"} <= asked
        line = lines(start(interpreter, self.CODE))[0]
        for field in asked:
            value: Any = line
            for part in field.split("."):
                value = value[int(part)] if part.isdigit() else value[part]

    def test_the_pattern_that_they_parse_text_with_finds_its_parts(self, interpreter):
        (pattern,) = re.findall(r"parse @message /(.*)/", PAGE.read_text(encoding="utf-8"))
        result = start(interpreter, self.CODE, env=ON)
        for line in result.stderr.splitlines():
            found = re.search(pattern.replace("(?<", "(?P<"), line)
            assert found
            assert found["phase"] == "after_restore"
            assert float(found["seconds"]) >= 0.5


def _without_words(query: str) -> str:
    """Return a query without its commands, functions, texts and patterns."""
    query = re.sub(r'"[^"]*"|/[^/]*/|@\w+|\w+\(|\bas \w+', " ", query)
    return re.sub(r"\b(fields|filter|stats|sort|limit|by|desc|and|or|like|not)\b", " ", query)
