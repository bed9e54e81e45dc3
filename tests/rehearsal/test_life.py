"""The life that a rehearsal gives a function: where it runs, what runs, and what it is told."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.forbidding import no_administration, no_clone3
from tests.rehearsal.reports import RUN

if TYPE_CHECKING:
    from tests.conftest import Site


class TestInit:
    def test_the_function_starts_as_in_lambda(self, functions):
        source = """
            import os, sys
            names = ["AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_FUNCTION_NAME", "_HANDLER"]
            names += ["AWS_LAMBDA_FUNCTION_VERSION", "AWS_REGION", "LAMBDA_TASK_ROOT", "TZ"]
            at_init = [os.environ.get(name) for name in names]
            at_init += [os.getcwd(), sys.path[0], sys.argv, "snapshot_restore_py" in sys.modules]
            def handler(event, context):
                return at_init
        """
        folder = str(functions.folder)
        expected = ["snap-start", "rehearsal", "app.handler", "1", "us-east-1", folder, ":UTC"]
        rehearsal = functions.rehearse(source)
        assert rehearsal.results == [[*expected, folder, folder, [""], False]] * 3

    def test_variables_that_are_set_already_stay(self, functions):
        source = """
            import os
            def handler(event, context):
                return [context.function_name, context.invoked_function_arn, os.environ["TZ"]]
        """
        env = {"AWS_LAMBDA_FUNCTION_NAME": "prices", "AWS_REGION": "eu-west-1", "TZ": "UTC"}
        arn = "arn:aws:lambda:eu-west-1:123456789012:function:prices:1"
        assert functions.rehearse(source, env=env).results == [["prices", arn, "UTC"]] * 3

    def test_the_context_has_what_lambdas_has(self, functions):
        source = """
            def handler(event, context):
                context.log("no line break")
                left = context.get_remaining_time_in_millis()
                return [0 < left <= 20_000, context.w3c(), context.memory_limit_in_mb]
        """
        rehearsal = functions.rehearse(source, "--timeout", "20")
        assert rehearsal.results == [[True, {}, "512"]] * 3
        assert "[restore 1, handler] no line break\n" in rehearsal.stderr

    def test_it_runs_twice_in_processes_of_its_own(self, functions):
        source = "import os\nprint(os.getpid())\ndef handler(event, context): return os.getpid()"
        rehearsal = functions.rehearse(source)
        lines = dict(line.split("] ") for line in rehearsal.stderr.splitlines())
        assert list(lines) == ["[init", "[second init"]
        assert len(set(lines.values())) == 2
        # A restore keeps the id of the init.
        assert rehearsal.results == [int(lines["[init"])] * 3

    def test_the_handlers_log_has_lambdas_form(self, functions):
        source = """
            import logging
            logging.getLogger().setLevel("INFO")
            def handler(event, context):
                logging.info("handled")
                return context.aws_request_id
        """
        rehearsal = functions.rehearse(source)
        for number, request_id in enumerate(rehearsal.results, 1):
            (line,) = (
                line
                for line in rehearsal.stderr.splitlines()
                if f"[restore {number}, handler]" in line
            )
            # A tab is shown as spaces.
            origin, level, clock, *rest = line.rsplit(maxsplit=4)
            assert (origin, level) == (f"[restore {number}, handler]", "[INFO]")
            assert (clock[-1], rest) == ("Z", [request_id, "handled"])
        assert len(set(rehearsal.results)) == 3

    def test_a_handler_that_is_not_there_is_one_clear_line(self, functions):
        rehearsal = functions.rehearse("")
        assert (rehearsal.status, rehearsal.report) == (2, None)
        problem = "snapshot-restore: the module 'app' has no function 'handler'"
        assert rehearsal.stderr.startswith(problem)
        assert rehearsal.stderr.count("\n") == 1

    def test_an_init_that_fails_tells_the_functions_own_line_that_was_called_last(self, functions):
        functions.write("helper.py", "import os\ndef table():\n    return os.environ['TABLE']\n")
        source = "import helper\nTABLE = helper.table()\n"
        rehearsal = functions.rehearse(source)
        place = f"({functions.folder / 'helper.py'}, line 3)"
        problem = f"cannot import the handler 'app.handler': KeyError: 'TABLE' {place}"
        assert (rehearsal.status, rehearsal.stderr) == (3, f"snapshot-restore: {problem}\n")
        told = {"handler", "python", "error", "reason", "traceback", "ok"}
        assert rehearsal.report.keys() - {"schema_version", *vars(RUN)} == told
        assert (rehearsal.report["error"], rehearsal.report["ok"]) == (problem, False)
        shown = rehearsal.report["traceback"]
        assert shown.startswith("Traceback (most recent call last):\n")
        assert shown.endswith("KeyError: 'TABLE'\n")
        whole = functions.rehearse(source, "--traceback")
        lines = whole.stderr.splitlines()
        assert lines[0] == "[init] Traceback (most recent call last):"
        assert lines[-1] == f"snapshot-restore: {problem}"

    def test_a_handler_that_can_be_imported_only_once_is_told(self, functions, tmp_path):
        seen = str(tmp_path / "seen")
        source = f"import os; os.mkdir({seen!r})\ndef handler(event, context): pass"
        rehearsal = functions.rehearse(source)
        assert rehearsal.status == 3
        assert "That was the second time: a rehearsal runs the init twice" in rehearsal.stderr
        assert "FileExistsError" in rehearsal.stderr

    def test_a_failed_plugin_in_strict_mode_is_a_finding(self, functions, site: Site):
        site.add("lib", {"lib": "lib"}, {"lib": "1 / 0"})
        env = {"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
        source = "import snapshot_restore_py\ndef handler(event, context): pass"
        rehearsal = functions.rehearse(source, path=(site,), env=env)
        assert (rehearsal.status, rehearsal.codes) == (1, ["plugin-failed"])
        assert "ZeroDivisionError" in rehearsal.finding["message"]
        assert rehearsal.report["phases"]["init"] is None


class TestSnapshot:
    def test_the_copies_have_the_memory_of_the_snapshot_and_nothing_of_each_other(self, functions):
        source = """
            import snapshot_restore_py as s
            calls = ["init"]
            s.register_before_snapshot(calls.append, "before")
            s.register_after_restore(calls.append, "after")
            def handler(event, context):
                calls.append("handler")
                return calls
        """
        rehearsal = functions.rehearse(source)
        assert rehearsal.results == [["init", "before", "after", "handler"]] * 3

    @pytest.mark.parametrize(
        ("options", "way"),
        [
            ({}, None),
            ({"preexec_fn": no_administration}, None),
            ({"preexec_fn": no_clone3}, "fork"),
            ({"env": {"SNAPSHOT_RESTORE_COPIES": "fork"}}, "fork"),
        ],
    )
    def test_the_copies_have_the_process_id_and_the_user_of_the_init(self, functions, options, way):
        source = """
            import os
            def identity():
                os.kill(os.getpid(), 0)
                return os.getpid(), os.getuid(), os.getgid(), os.access("app.py", os.W_OK)
            at_init = identity()
            os.chmod("app.py", 0o444)
            def handler(event, context):
                return identity() == (*at_init[:3], os.access("app.py", os.W_OK))
        """
        rehearsal = functions.rehearse(source, **options)
        assert rehearsal.results == [True] * 3
        assert rehearsal.codes == []
        assert way in (None, rehearsal.report["copies"])

    def test_a_copy_finds_itself_among_the_processes_of_the_system(self, functions):
        source = """
            import os, sys
            command = open(f"/proc/{os.getpid()}/cmdline").read()
            def handler(event, context):
                return open(f"/proc/{os.getpid()}/cmdline").read() == command
        """
        assert functions.rehearse(source).results == [True] * 3

    def test_the_way_of_copying_is_not_known_where_no_snapshot_is_reached(self, functions):
        source = """
            import snapshot_restore_py
            @snapshot_restore_py.register_before_snapshot
            def fail(): 1 / 0
            def handler(event, context): return 1
        """
        assert functions.rehearse(source).report["copies"] is None

    @pytest.mark.parametrize("env", [{}, {"SNAPSHOT_RESTORE_COPIES": "fork"}])
    def test_a_handler_that_fails_for_want_of_the_inits_children_is_not_rehearsed(
        self, functions, env
    ):
        source = """
            import os, subprocess
            ended = subprocess.Popen(["true"])
            os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
            agent = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
            def handler(event, context):
                os.waitpid(agent.pid, os.WNOHANG)
        """
        rehearsal = functions.rehearse(source, env=env)
        assert (rehearsal.status, rehearsal.codes) == (0, ["running-process", "not-rehearsed"])
        finding = rehearsal.report["findings"][1]
        message, evidence = finding["message"], finding["evidence"]
        assert "No child processes, but processes are missing here" in message
        assert "missing in the copies: the process cat" in evidence

    def test_what_is_to_run_in_forked_processes_does_not_run_as_no_restore_runs_it(self, functions):
        source = """
            import os, random, uuid
            os.register_at_fork(after_in_child=lambda: renewed.append(1), before=lambda: None)
            renewed = []
            def handler(event, context):
                child = os.fork()
                if not child:
                    os._exit(len(renewed))
                return [renewed, os.waitpid(child, 0)[1] >> 8, random.random()]
        """
        rehearsal = functions.rehearse(source)
        assert rehearsal.codes == ["shared-random-state"]
        # In a fork of the function's own it runs as ever.
        assert [result[:2] for result in rehearsal.results] == [[[], 1]] * 3
        assert len({result[2] for result in rehearsal.results}) == 1

    def test_other_threads_do_not_go_on_while_the_process_is_frozen(self, functions):
        source = """
            import threading
            count = 0
            def work():
                global count
                while True:
                    count += 1
            threading.Thread(target=work, daemon=True, name="busy").start()
            def handler(event, context):
                return [count, threading.active_count()]
        """
        rehearsal = functions.rehearse(source, "--ignore", "shared-value")
        assert (rehearsal.status, rehearsal.codes) == (0, ["running-thread"])
        assert [threads for _, threads in rehearsal.results] == [1, 1, 1]

    def test_a_process_that_ends_while_it_is_looked_at_is_told(self, functions, peer):
        # Only of a library's objects, and for want of a better, a method is called.
        functions.write("agent-1.0.dist-info/RECORD", "agent.py,,")
        functions.write(
            "agent.py", "import os\nclass File:\n    def fileno(self):\n        os._exit(3)\n"
        )
        source = """
            import agent, os, socket
            connected = socket.create_connection(("127.0.0.1", int(os.environ["PEER_PORT"])))
            file, descriptor = agent.File(), connected.detach()
            def handler(event, context): pass
        """
        rehearsal = functions.rehearse(source, env=peer.variables)
        assert (rehearsal.status, rehearsal.report["traceback"]) == (3, "")
        assert "process ended with status 3 while it was looked at" in rehearsal.report["error"]

    def test_connections_are_found_where_the_system_does_not_list_what_is_open(
        self, functions, peer
    ):
        source = """
            import os, socket, sys
            sys.modules["snapshot_restore_py._rehearsal.inside.connections"]._OPEN = "/nowhere"
            connected = socket.create_connection(("127.0.0.1", int(os.environ["PEER_PORT"])))
            def handler(event, context): return connected.getsockname()
        """
        rehearsal = functions.rehearse(source, env=peer.variables)
        assert rehearsal.codes == ["open-connection"]
        assert rehearsal.finding["location"] == "socket.socket in app.connected"

    def test_hooks_whose_arguments_cannot_be_compared_are_not_taken_for_the_same(self, functions):
        source = """
            import snapshot_restore_py as s
            class Table:
                def __eq__(self, other): raise ValueError("ambiguous")
            s.register_after_restore(id, Table())
            s.register_after_restore(id, Table())
            def handler(event, context): pass
        """
        assert functions.rehearse(source).codes == []

    def test_warnings_as_errors_do_not_end_it(self, functions):
        source = """
            import threading, warnings
            warnings.simplefilter("error")
            threading.Thread(target=threading.Event().wait, daemon=True, name="waits").start()
            def handler(event, context):
                return warnings.filters[0][0]
        """
        rehearsal = functions.rehearse(source)
        assert rehearsal.codes == ["running-thread"]
        assert rehearsal.results == ["error"] * 3

    @pytest.mark.parametrize("line", ["return answers.get()", "return answers.get_nowait()"])
    def test_what_fails_where_threads_are_missing_was_not_rehearsed(self, functions, line):
        source = f"""
            import queue, threading
            questions, answers = queue.Queue(), queue.Queue()
            def work():
                while True:
                    answers.put(questions.get())
            threading.Thread(target=work, name="worker", daemon=True).start()
            def handler(event, context):
                {line}
        """
        rehearsal = functions.rehearse(source, "--timeout", "1")
        assert (rehearsal.status, rehearsal.codes) == (0, ["running-thread", "not-rehearsed"])
        evidence = rehearsal.report["findings"][1]["evidence"]
        assert "missing in the copies: worker" in evidence

    def test_a_hook_that_fails_where_threads_are_missing_was_not_rehearsed(self, functions):
        source = """
            import _thread, snapshot_restore_py, threading
            _thread.start_new_thread(threading.Event().wait, ())
            snapshot_restore_py.register_after_restore(len, 1)
            def handler(event, context): pass
        """
        rehearsal = functions.rehearse(source)
        assert (rehearsal.status, rehearsal.codes) == (0, ["running-thread", "not-rehearsed"])

    def test_child_processes_of_the_init_seem_to_live_until_they_are_ended(self, functions):
        source = """
            import signal, subprocess, sys
            agent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            def handler(event, context):
                seen = [agent.poll()]
                agent.send_signal(signal.SIGWINCH)
                seen.append(agent.poll())
                agent.terminate()
                return [*seen, agent.wait(), agent.poll()]
        """
        rehearsal = functions.rehearse(source)
        assert rehearsal.codes == ["running-process"]
        assert rehearsal.results == [[None, None, -15, -15]] * 3

    def test_idle_executors_go_on_with_new_threads(self, functions):
        source = """
            import asyncio, concurrent.futures
            pool = concurrent.futures.ThreadPoolExecutor(1)
            pool.submit(print).result()
            loop = asyncio.new_event_loop()
            loop.run_until_complete(loop.run_in_executor(None, len, ""))
            def handler(event, context):
                counted = loop.run_until_complete(loop.run_in_executor(None, len, "ab"))
                return [counted, pool.submit(abs, -1).result()]
        """
        rehearsal = functions.rehearse(source, "--timeout", "5")
        assert set(rehearsal.codes) == {"running-thread"}
        assert rehearsal.results == [[2, 1]] * 3

    def test_the_second_init_runs_alone_where_it_cannot_run_beside_the_first(self, functions):
        source = """
            import fcntl, uuid
            lock = open(__file__)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            made_up = str(uuid.uuid4())
            print("begins")
            def handler(event, context): return made_up
        """
        rehearsal = functions.rehearse(source)
        assert rehearsal.codes == ["shared-value"]


class TestReport:
    def test_json_has_the_documented_form(self, functions, site: Site):
        site.add(
            "my-lib",
            {"mine": "my_lib"},
            {"my_lib": "def before_snapshot(): pass\nasync def after_restore(): pass\n"},
            version="1.2",
        )
        source = """
            from snapshot_restore_py import register_after_restore
            register_after_restore(print, end="")
            def handler(event, context):
                return event
        """
        functions.write("event.json", '{"name": "Ada"}')
        event = str(functions.folder / "event.json")
        rehearsal = functions.rehearse(source, "--event", event, "--restores", "2", path=(site,))
        report = rehearsal.report
        assert [key for key in report if key not in {"schema_version", *vars(RUN)}] == [
            *("handler", "python", "restores", "seconds", "copies", "plugins", "phases"),
            *("findings", "ignored", "outdated", "outputs", "not_examined", "ok"),
        ]
        assert report["handler"] == "app.handler"
        assert report["python"] == ".".join(map(str, sys.version_info[:3]))
        assert (report["restores"], report["ok"], report["findings"]) == (2, True, [])
        assert report["copies"] in ("clone", "fork")
        assert report["plugins"] == [
            {
                "name": "mine",
                "distribution": "my-lib",
                "version": "1.2",
                "status": "loaded",
                "error": None,
            }
        ]
        phases = report["phases"]
        assert list(phases) == ["init", "before_snapshot", "after_restore", "invoke", "second_call"]
        assert list(phases["init"]) == ["seconds"]
        hooks = [phases["before_snapshot"]["hooks"], *(p["hooks"] for p in phases["after_restore"])]
        for hook in [one for several in hooks for one in several]:
            assert hook.pop("seconds") >= 0
        place = str(site.path / "my_lib.py")
        plugin = {"plugin": "mine", "error": None}
        own = {"name": "builtins.print", "plugin": None, "location": None, "error": None}
        before = {"name": "my_lib.before_snapshot", "location": f"{place}:1", **plugin}
        after = {"name": "my_lib.after_restore", "location": f"{place}:2", **plugin}
        assert hooks == [[before], [after, own], [after, own]]
        for invocation in phases["invoke"]:
            assert invocation.pop("seconds") >= 0
        assert phases["invoke"] == [{"result": {"name": "Ada"}, "error": None}] * 2
        assert [list(call) for call in phases["second_call"]] == [["seconds", "error"]] * 2

    def test_a_failed_hook_is_shown_with_its_error_and_no_handler_runs(self, functions):
        source = """
            from snapshot_restore_py import register_after_restore
            register_after_restore(len, [])
            @register_after_restore
            def hook(): raise OSError("no route")
            def handler(event, context): return 1
        """
        rehearsal = functions.rehearse(source)
        assert (rehearsal.status, rehearsal.codes) == (1, ["hook-failed"])
        phases = rehearsal.report["phases"]
        for phase in phases["after_restore"]:
            assert [hook["error"] for hook in phase["hooks"]] == [None, "OSError: no route"]
        for invocation in phases["invoke"]:
            assert invocation["result"] is None
            assert invocation["error"] == "not invoked, because a hook failed"

    def test_a_handler_that_fails_in_some_restores_only_is_told_so(self, functions, tmp_path):
        seen = str(tmp_path / "seen")
        source = f"import os\ndef handler(event, context): os.mkdir({seen!r})"
        rehearsal = functions.rehearse(source)
        assert rehearsal.codes == ["handler-failed"]
        assert "failed in restores 2, 3 of 3 only: FileExists" in rehearsal.finding["message"]
        assert rehearsal.finding["location"] == "app.py:2"

    def test_a_finding_can_be_ignored(self, functions):
        source = "def handler(event, context): 1 / 0"
        rehearsal = functions.rehearse(source, "--ignore", "timeout", "handler-failed")
        assert (rehearsal.status, rehearsal.codes, rehearsal.report["ok"]) == (0, [], True)


class TestCall:
    def test_the_event_can_come_from_standard_input(self, functions):
        functions.write("app.py", "def handler(event, context): return event")
        process = functions.start("--event", "-", stdin=-1)
        stdout, _ = process.communicate("[1, null]", timeout=300)
        assert json.loads(stdout)["phases"]["invoke"][0]["result"] == [1, None]

    def test_without_an_event_it_is_an_empty_object(self, functions):
        rehearsal = functions.rehearse("def handler(event, context): return [event]")
        assert rehearsal.results == [[{}]] * 3

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            (["--event", "missing.json"], "cannot read the event: [Errno 2] No such file"),
            (["--event", "bad.json"], "the event in bad.json is not JSON: Expecting value"),
            (
                ["--ignore", "nothing"],
                "there is no finding 'nothing' to ignore. Codes: disturbed, ",
            ),
            (["--restores", "1"], "--restores has to be 2 or more"),
            (["--timeout", "0"], "--timeout has to be a positive number"),
        ],
    )
    def test_a_wrong_call_is_one_clear_line(self, functions, arguments, problem):
        (functions.folder.parent / "bad.json").write_text("no JSON")
        rehearsal = functions.rehearse("raise SystemExit('was run')", *arguments)
        assert (rehearsal.status, rehearsal.report) == (2, None)
        assert rehearsal.stderr.startswith(f"snapshot-restore: {problem}")
        assert rehearsal.stderr.count("\n") == 1

    def test_standard_input_that_is_no_json_is_named(self, functions):
        process = functions.start("--event", "-", stdin=-1)
        _, stderr = process.communicate("{", timeout=300)
        assert stderr.startswith("snapshot-restore: the event in standard input is not JSON")

    def test_where_there_is_no_fork_one_line_says_so(self, functions, site: Site):
        # As on Windows: the command starts, and cannot fork.
        functions.write("app.py", "")
        site.write({"sitecustomize": "import os; del os.fork"})
        process = functions.start(path=(site,))
        _, stderr = process.communicate(timeout=300)
        assert process.returncode == 2
        assert stderr == (
            "snapshot-restore: a rehearsal forks the function's process, which needs POSIX\n"
        )

    @pytest.mark.parametrize("seed", ["0", "7", "random"])
    def test_both_inits_and_all_restores_share_one_hash_seed(self, functions, seed):
        source = """
            names = {"alpha", "beta", "gamma", "delta"}
            order = list(names)
            hashed = hash("alpha")
            def handler(event, context): return [order, hashed]
        """
        rehearsal = functions.rehearse(source, env={"PYTHONHASHSEED": seed})
        assert rehearsal.codes == []
        assert len({json.dumps(result) for result in rehearsal.results}) == 1


def test_the_functions_processes_do_not_hear_the_terminals_interrupt(functions):
    # Ctrl-C goes to the foreground group of the terminal: the command alone belongs to it.
    source = "import os\ndef handler(event, context): return os.getpgid(0)"
    functions.write("app.py", source)
    process = functions.start(start_new_session=True)
    stdout, _ = process.communicate(timeout=300)
    groups = {run["result"] for run in json.loads(stdout)["phases"]["invoke"]}
    assert groups
    assert process.pid not in groups
    assert signal.getsignal(signal.SIGINT) is not None
    assert os.getpgid(0) not in groups
