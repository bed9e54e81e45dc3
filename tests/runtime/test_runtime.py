"""The package under AWS's runtime interface client: what runs, in which order, what fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runtime.function import Function, pip

if TYPE_CHECKING:
    from tests.runtime.conftest import Runtime

REGISTERS_TWO = """
    from snapshot_restore_py import register_after_restore, register_before_snapshot

    for name in ("one", "two"):
        register_before_snapshot(print, "before", name)
        register_after_restore(print, "after", name)

    def handler(event, context):
        print("handle", event["name"])
        return {"hello": event["name"]}
"""
NEVER_IMPORTS_THE_PACKAGE = """
    def handler(event, context):
        return "handled"
"""
PLUGIN = """
    def before_snapshot():
        print("before", __name__)

    def after_restore():
        print("after", __name__)
"""


class TestHooks:
    def test_before_hooks_run_from_the_last_to_the_first_and_after_hooks_in_order(self, function):
        function.write("app.py", REGISTERS_TWO)
        run = function.run({"name": "Ada"}, {"name": "Bob"})
        assert run.transcript == [
            "before two",
            "before one",
            "GET restore/next",
            "after one",
            "after two",
            "GET invocation/next",
            "handle Ada",
            "POST invocation/1/response",
            "GET invocation/next",
            "handle Bob",
            "POST invocation/2/response",
            "GET invocation/next",
        ]
        assert run.responses == [{"hello": "Ada"}, {"hello": "Bob"}]
        assert run.stderr == ""
        assert run.exit_status is None

    def test_no_hook_runs_without_snapstart(self, function):
        function.write("app.py", REGISTERS_TWO)
        run = function.run({"name": "Ada"}, snap_start=False)
        assert run.transcript[:2] == ["GET invocation/next", "handle Ada"]
        assert run.responses == [{"hello": "Ada"}]

    def test_a_handler_in_a_package_registers_hooks(self, function):
        function.write("pkg/__init__.py", "")
        function.write("pkg/app.py", REGISTERS_TWO)
        run = function.run(handler="pkg/app.handler")
        assert run.transcript[:3] == ["before two", "before one", "GET restore/next"]

    def test_async_hooks_run_to_their_end(self, function):
        function.write(
            "app.py",
            """
            import asyncio
            from snapshot_restore_py import register_after_restore, register_before_snapshot

            @register_before_snapshot
            async def close():
                await asyncio.sleep(0)
                print("closed")

            @register_after_restore
            async def reopen():
                await asyncio.sleep(0)
                print("reopened")

            def handler(event, context):
                return asyncio.run(answer())

            async def answer():
                return "from a loop of its own"
            """,
        )
        run = function.run({})
        assert run.transcript[:3] == ["closed", "GET restore/next", "reopened"]
        assert run.responses == ["from a loop of its own"]


class TestPlugins:
    def test_their_hooks_run_for_a_handler_that_never_imports_the_package(self, function):
        function.write("app.py", NEVER_IMPORTS_THE_PACKAGE)
        function.add_plugin("alpha", PLUGIN)
        function.add_plugin("beta", PLUGIN)
        run = function.run({})
        assert run.transcript[:6] == [
            "before beta",
            "before alpha",
            "GET restore/next",
            "after alpha",
            "after beta",
            "GET invocation/next",
        ]
        assert run.responses == ["handled"]
        assert run.stderr == ""

    def test_their_before_hooks_run_last_and_their_after_hooks_first(self, function):
        function.write("app.py", REGISTERS_TWO)
        function.add_plugin("alpha", PLUGIN)
        run = function.run({"name": "Ada"})
        assert run.transcript[:7] == [
            "before two",
            "before one",
            "before alpha",
            "GET restore/next",
            "after alpha",
            "after one",
            "after two",
        ]
        assert run.responses == [{"hello": "Ada"}]

    def test_a_broken_one_is_reported_and_the_good_one_beside_it_runs(self, function):
        function.write("app.py", NEVER_IMPORTS_THE_PACKAGE)
        function.add_plugin("broken", "raise RuntimeError('no such region')", version="3.1")
        function.add_plugin("good", PLUGIN)
        run = function.run({})
        assert run.transcript[:3] == ["before good", "GET restore/next", "after good"]
        assert run.responses == ["handled"]
        for part in ("PluginWarning", "of broken 3.1", "'broken'", "RuntimeError: no such region"):
            assert part in run.stderr

    def test_the_handler_may_import_a_library_that_is_a_plugin_first(self, function):
        function.write(
            "app.py",
            """
            import alpha
            from snapshot_restore_py import register_after_restore, register_before_snapshot

            register_before_snapshot(print, "before handler")
            register_after_restore(print, "after handler")

            def handler(event, context):
                return alpha.__name__
            """,
        )
        function.add_plugin(
            "alpha",
            """
            from snapshot_restore_py import register_after_restore, register_before_snapshot

            register_before_snapshot(print, "before alpha")
            register_after_restore(print, "after alpha")
            """,
        )
        run = function.run({})
        assert run.transcript[:5] == [
            "before handler",
            "before alpha",
            "GET restore/next",
            "after alpha",
            "after handler",
        ]
        assert (run.responses, run.stderr) == (["alpha"], "")

    def test_one_that_is_left_out_does_not_run(self, function):
        function.write("app.py", NEVER_IMPORTS_THE_PACKAGE)
        function.add_plugin("alpha", PLUGIN)
        function.add_plugin("beta", PLUGIN)
        run = function.run({}, env={"SNAPSHOT_RESTORE_PLUGINS": "-alpha"})
        assert run.transcript[:3] == ["before beta", "GET restore/next", "after beta"]


class TestFailingHooks:
    def test_a_failing_before_hook_ends_the_initialisation(self, function):
        function.write("app.py", _raises_in("before_snapshot"))
        run = function.run({})
        assert run.transcript == ["POST init/error"]
        assert run.requests[0].error_type == "Runtime.BeforeSnapshotError"
        assert run.requests[0].json()["errorMessage"] == "still in use"
        assert run.exit_status == 64

    def test_a_failing_after_hook_ends_the_restore(self, function):
        function.write("app.py", _raises_in("after_restore"))
        run = function.run({})
        assert run.transcript == ["GET restore/next", "POST restore/error"]
        assert run.requests[1].error_type == "Runtime.AfterRestoreError"
        assert run.requests[1].json()["errorMessage"] == "still in use"
        assert run.exit_status == 65

    def test_what_an_async_hook_raises_is_reported_too(self, function):
        function.write("app.py", _raises_in("after_restore", "async def"))
        run = function.run({})
        assert run.requests[1].error_type == "Runtime.AfterRestoreError"
        assert run.requests[1].json()["errorMessage"] == "still in use"
        assert run.exit_status == 65

    def test_a_failing_hook_of_a_plugin_ends_the_initialisation(self, function):
        function.write("app.py", NEVER_IMPORTS_THE_PACKAGE)
        function.add_plugin("alpha", "def before_snapshot(): raise OSError('disk full')")
        run = function.run({})
        assert run.transcript == ["POST init/error"]
        assert run.requests[0].error_type == "Runtime.BeforeSnapshotError"
        assert run.requests[0].json()["errorMessage"] == "disk full"
        assert run.exit_status == 64


class TestStrictMode:
    @pytest.fixture
    def function(self, function: Function) -> Function:
        function.add_plugin("broken", "raise RuntimeError('no such region')", version="3.1")
        return function

    def test_a_handler_that_imports_the_package_fails_to_initialise(self, function):
        function.write("app.py", REGISTERS_TWO)
        run = function.run({"name": "Ada"}, env={"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"})
        assert run.transcript == ["POST init/error"]
        assert run.requests[0].error_type == "PluginError"
        message = run.requests[0].json()["errorMessage"]
        for part in ("of broken 3.1", "'broken'", "RuntimeError: no such region"):
            assert part in message
        assert run.exit_status == 1

    def test_a_handler_that_does_not_import_it_gets_no_invocation(self, function):
        function.write("app.py", NEVER_IMPORTS_THE_PACKAGE)
        run = function.run({}, env={"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"})
        assert run.transcript == []
        assert "PluginError" in run.stderr
        assert "of broken 3.1" in run.stderr
        assert run.exit_status == 1


class TestCopyBesideTheHandler:
    SHOWS_THE_PACKAGE = """
        import snapshot_restore_py

        def handler(event, context):
            return snapshot_restore_py.__file__
    """

    def test_it_wins_over_the_installed_one(self, function, runtime: Runtime):
        function.write("app.py", self.SHOWS_THE_PACKAGE)
        function.add_plugin("alpha", PLUGIN)
        pip("install", "--no-deps", "--no-index", "--target", function.folder, runtime.wheel)
        run = function.run({})
        package = function.folder / "snapshot_restore_py" / "__init__.py"
        assert run.responses == [str(package)]
        assert run.transcript[:3] == ["before alpha", "GET restore/next", "after alpha"]
        assert run.stderr == ""

    def test_it_wins_over_the_one_that_lambda_installs(self, function, runtime: Runtime):
        function.write("app.py", self.SHOWS_THE_PACKAGE)
        function.add_plugin("alpha", PLUGIN)
        aws = ("--only-binary", ":all:", "snapshot-restore-py==1.0.0")
        pip("install", "--no-deps", "--target", function.layer, *aws)
        run = function.run({})
        assert run.responses == [str(function.layer / "snapshot_restore_py.py")]
        assert run.transcript[:2] == ["GET restore/next", "GET invocation/next"]

        pip("install", "--no-deps", "--no-index", "--target", function.folder, runtime.wheel)
        run = function.run({})
        assert run.transcript[:3] == ["before alpha", "GET restore/next", "after alpha"]


def _raises_in(phase: str, definition: str = "def") -> str:
    return f"""
import snapshot_restore_py

@snapshot_restore_py.register_{phase}
{definition} hook():
    raise ValueError("still in use")

def handler(event, context):
    return "handled"
"""
