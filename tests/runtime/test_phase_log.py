"""What `SNAPSHOT_RESTORE_LOG=1` writes under AWS's runtime interface client."""

from __future__ import annotations

import json

import pytest

from tests.runtime.test_runtime import NEVER_IMPORTS_THE_PACKAGE, PLUGIN, REGISTERS_TWO

ON = {"SNAPSHOT_RESTORE_LOG": "1"}
AS_JSON = {**ON, "AWS_LAMBDA_LOG_FORMAT": "JSON"}
RAISES = """
    import sys
    from snapshot_restore_py import register_after_restore, register_before_snapshot

    {stream}

    @register_{phase}
    def hook():
        raise ValueError("still in use")

    def handler(event, context):
        return "handled"
"""


def told(run):
    """Return the phase and what its hooks did, by line."""
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    return [
        (line["phase"], [(hook["name"], hook["plugin"]) for hook in line["hooks"]])
        for line in lines
    ]


def test_each_phase_writes_a_line_and_runs_as_without_it(function):
    function.write("app.py", REGISTERS_TWO)
    function.add_plugin("alpha", PLUGIN)
    silent = function.run({"name": "Ada"})
    run = function.run({"name": "Ada"}, env=AS_JSON)
    assert run.transcript == silent.transcript
    assert run.responses == silent.responses == [{"hello": "Ada"}]
    assert silent.stderr == ""
    explicit = ("builtins.print", None)
    assert told(run) == [
        ("before_snapshot", [explicit, explicit, ("alpha.before_snapshot", "alpha")]),
        ("after_restore", [("alpha.after_restore", "alpha"), explicit, explicit]),
    ]


def test_the_line_before_the_snapshot_is_there_at_the_snapshot(function):
    function.write("app.py", REGISTERS_TWO)
    seen = []

    def look():
        (stderr,) = function.folder.parent.glob("stderr-*")
        seen.append(stderr.read_text())

    run = function.run(env=AS_JSON, at_snapshot=look)
    (before,) = seen
    assert run.stderr.startswith(before)
    assert (before.count("\n"), '"phase": "before_snapshot"' in before) == (1, True)


def test_as_text_it_is_a_line_like_those_of_the_client(function):
    function.write("app.py", REGISTERS_TWO)
    run = function.run({"name": "Ada"}, env=ON)
    before, after = run.stderr.splitlines()
    for line, phase in ((before, "before_snapshot"), (after, "after_restore")):
        level, _, request, message = line.split("\t")
        assert (level, request) == ("[INFO]", "")
        assert message.startswith(f"snapshot_restore_py {phase}: 2 hooks in ")


def test_a_function_without_hooks_writes_that_it_has_none(function):
    function.write("app.py", NEVER_IMPORTS_THE_PACKAGE)
    run = function.run({}, env=AS_JSON)
    assert told(run) == [("before_snapshot", []), ("after_restore", [])]


@pytest.mark.parametrize(
    ("phase", "path", "status"),
    [("before_snapshot", "init/error", 64), ("after_restore", "restore/error", 65)],
)
@pytest.mark.parametrize("stream", ["", "sys.stderr.close()", "import os; os.close(2)"])
def test_a_hook_that_fails_is_told_and_so_is_the_client(function, phase, path, status, stream):
    function.write("app.py", RAISES.format(phase=phase, stream=stream))
    run = function.run({}, env=AS_JSON)
    assert run.transcript[-1] == f"POST {path}"
    assert run.requests[-1].json()["errorMessage"] == "still in use"
    assert run.requests[-1].json()["errorType"] == "ValueError"
    assert run.exit_status == status
    if stream:
        assert run.stderr == ""
    else:
        line = json.loads(run.stderr.splitlines()[-1])
        assert (line["phase"], line["level"]) == (phase, "ERROR")
        assert [hook["error"] for hook in line["hooks"]] == ["ValueError: still in use"]


def test_another_word_ends_the_start(function):
    function.write("app.py", REGISTERS_TWO)
    run = function.run({}, env={"SNAPSHOT_RESTORE_LOG": "loud"})
    assert run.transcript == ["POST init/error"]
    message = run.requests[0].json()["errorMessage"]
    assert message.startswith("SNAPSHOT_RESTORE_LOG='loud' is neither yes nor no")
