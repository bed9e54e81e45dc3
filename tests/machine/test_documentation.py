"""The commands of the page on virtual machines, as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module

import pytest

from tests.documentation.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "microvm.md"
COMMANDS = [block.text for block in blocks(PAGE) if block.language == "sh"]
(EXAMPLE,) = (
    block.text
    for block in blocks(ROOT / "docs" / "how-to" / "test.md")
    if "microvm.restores" in block.text
)


def test_there_are_some():
    assert len(COMMANDS) >= 3


def test_the_example_of_a_test_passes(tmp_path, python, cache, monkeypatch, microvm):
    (tmp_path / "documented.py").write_text(EXAMPLE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    module = import_module("documented")

    module.test_the_client_is_told_how_old_it_is(microvm)


@pytest.mark.parametrize("command", COMMANDS)
def test_it_runs(command, python, cache, machines, tmp_path):
    (machines.folder / "app.py").write_text("def handler(event, context):\n    return 1\n")
    program = tmp_path / "snapshot-restore"
    program.write_text(f'#!/bin/sh\nexec {python} -m snapshot_restore_command "$@" --format json\n')
    program.chmod(0o755)
    variables = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
    variables["PATH"] = os.pathsep.join([str(tmp_path), variables["PATH"]])

    shown = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=machines.folder,
        env={**variables, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert (shown.returncode, '"ok": true' in shown.stdout) == (0, True), shown.stderr
