"""A rehearsal makes the calls that AWS's runtime interface client makes, in its order."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.runtime.conftest import Runtime

FUNCTION = """
    import logging
    import os
    import sys
    import __main__

    print("import", __name__, sys.path[0] == os.getcwd())

    from snapshot_restore_py import register_after_restore, register_before_snapshot

    class Client:
        def __init__(self):
            register_before_snapshot(self.close, 1, key="value")
            register_after_restore(self.open)

        def close(self, *args, **kwargs):
            print("close", args, kwargs)
            register_before_snapshot(print, "registered by a hook")

        def open(self):
            print("open")
            register_after_restore(print, "registered by a hook")

    Client()

    @register_before_snapshot
    @register_after_restore
    async def hook():
        print("async hook")

    def handler(event, context):
        print("handle", event)
        print(context.client_context, 0 < context.get_remaining_time_in_millis() <= 60_000)
        print(len(logging.getLogger().handlers), os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"])
        context.log("logged\\n")
        return {
            "result": [1, 2.5, None],
            "context": [name for name in dir(context) if name[0] != "_"],
            "identity": [name for name in dir(context.identity) if name[0] != "_"],
        }
"""
PLUGIN = """
    import snapshot_restore_py

    print("import", __name__)

    def before_snapshot():
        print("before", __name__)

    def after_restore():
        print("after", __name__)

    snapshot_restore_py.register_after_restore(print, "registered by", __name__)
"""


def test_the_calls_and_their_order_are_those_of_the_runtime_client(function, runtime: Runtime):
    function.write("pkg/app.py", FUNCTION)
    function.add_plugin("alpha", PLUGIN)
    function.add_plugin("beta", PLUGIN)
    run = function.run({"name": "Ada"}, handler="pkg/app.handler")

    function.write("event.json", json.dumps({"name": "Ada"}))
    command = [str(runtime.python), "-m", "snapshot_restore_command", "rehearse", "pkg/app.handler"]
    command += ["--event", "event.json", "--format", "json", "--restores", "2"]
    rehearsal = subprocess.run(
        command,
        cwd=function.folder,
        env={**os.environ, "PYTHONPATH": str(function.layer)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    report = json.loads(rehearsal.stdout)
    requests = ("GET ", "POST ")
    calls = [line for line in run.transcript if not line.startswith(requests)]
    for restore in (1, 2):
        phases = ["init", "before the snapshot", f"restore {restore}, hooks"]
        phases.append(f"restore {restore}, handler")
        lines = [line[1:].partition("] ") for line in rehearsal.stderr.splitlines()]
        assert [text for origin, _, text in lines if origin in phases] == calls
    assert len(calls) > 15
    (response,) = run.responses
    for invocation in report["phases"]["invoke"]:
        # Older versions of the client offer less.
        assert set(invocation["result"].pop("context")) >= set(response["context"])
        assert invocation["result"] == {key: response[key] for key in ("result", "identity")}
