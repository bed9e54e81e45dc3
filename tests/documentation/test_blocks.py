"""Every block of code in the documentation is run, or says why it is not."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml

from snapshot_restore_py._command import _parser
from tests.documentation.blocks import NOTES, ROOT, Block, blocks, pages

ALL = [block for page in pages() for block in blocks(page)]
PYTHON = [block for block in ALL if block.language == "python"]
SHELL = [block for block in ALL if block.language == "sh"]
LIMIT = 120  # seconds; only guards against a command that hangs

# Runs blocks as one module, as a reader does who tries them one after another: with the hooks
# that they register or offer.
RUN_BLOCKS = """
import json, sys
import snapshot_restore_py

namespace = {"__name__": "app"}
for place, text in json.load(sys.stdin):
    exec(compile(text, place, "exec"), namespace)
    for name in ("before_snapshot", "after_restore"):
        namespace.pop(name, int)()
snapshot_restore_py.run_before_snapshot()
snapshot_restore_py.run_after_restore()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A function's folder, with the commands that readers have."""
    (tmp_path / "app.py").write_text(
        "def handler(event, context): return {'id': event.get('id')}\n"
    )
    shutil.copytree(tmp_path, tmp_path / "src")
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "order.json").write_text('{"id": 7}')
    function = {"CodeUri": "src", "Handler": "app.handler", "Runtime": "python3.13"}
    function["SnapStart"] = {"ApplyOn": "PublishedVersions"}
    resources = {"Orders": {"Type": "AWS::Serverless::Function", "Properties": function}}
    (tmp_path / "template.yaml").write_text(json.dumps({"Resources": resources}))
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, arguments in {
        "python": "",
        "snapshot-restore": "-m snapshot_restore_command",
    }.items():
        command = commands / name
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments} "$@"\n')
        command.chmod(0o755)
    beside = str(ROOT / "snapshot_restore_py" / "_top_level")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), beside]))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def run(command, cwd, text=None):
    result = subprocess.run(
        command,
        cwd=cwd,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
    )
    assert result.returncode == 0, result.stdout


def runs_here(block: Block) -> bool:
    return block.note in ("", "setup", "in")


def test_there_are_blocks_of_each_kind():
    assert len(PYTHON) > 10
    assert len(SHELL) > 5


@pytest.mark.parametrize("block", ALL, ids=str)
def test_a_block_is_of_a_known_kind_and_so_is_what_is_noted_of_it(block):
    assert block.language in ("python", "sh", "toml", "json", "yaml", "text", "") or (
        block.language.startswith("{")
    )
    assert block.note in ("", *NOTES)
    if block.note == "not run":
        assert len(block.value.split()) > 2  # a reason


@pytest.mark.parametrize("block", [one for one in ALL if one.note == "runs in"], ids=str)
def test_a_block_that_is_run_elsewhere_is_run_there(block):
    file, _, words = block.value.partition(": ")
    assert words.strip() in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("file", sorted({one.file for one in PYTHON if runs_here(one)}))
def test_the_python_blocks_of_a_page_run_and_so_do_their_hooks(file, folder):
    parts = []
    for block in PYTHON:
        if block.file == file and runs_here(block):
            if block.note == "setup":
                parts.append((f"setup of {block}", block.value))
            # An error's line is that of the page.
            parts.append((file, "\n" * (block.line - 1) + block.text))
    run([sys.executable, "-W", "error::UserWarning", "-c", RUN_BLOCKS], folder, json.dumps(parts))


@pytest.mark.parametrize("block", [one for one in PYTHON if not runs_here(one)], ids=str)
def test_python_that_is_not_run_here_compiles(block):
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", [one for one in SHELL if runs_here(one)], ids=str)
def test_the_shell_blocks_run(block, folder):
    if block.note == "in":
        shutil.copytree(ROOT / block.value, folder, dirs_exist_ok=True)
    run(["bash", "-euo", "pipefail", "-c", block.text], folder)


@pytest.mark.parametrize("block", [one for one in SHELL if not runs_here(one)], ids=str)
def test_shell_that_is_not_run_here_is_well_formed(block, tmp_path):
    run(["bash", "-n", "-c", block.text], tmp_path)


@pytest.mark.parametrize("file", sorted({one.file for one in ALL}))
def test_what_is_called_in_the_text_of_a_page_is_as_the_command_has_it(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    calls = re.findall(r"`snapshot-restore ((?:hooks|plugins|rehearse) [^`]+)`", text)
    calls += re.findall(r"^snapshot-restore (.+)$", text, re.MULTILINE)
    for call in calls:
        _parser().parse_args(shlex.split(call.partition(" > ")[0]))
    for path in re.findall(r"^pip install (\./\S+)$", text, re.MULTILINE):
        assert (ROOT / path / "pyproject.toml").is_file()


@pytest.mark.parametrize(
    "block", [one for one in ALL if one.language in ("toml", "json", "yaml")], ids=str
)
def test_data_is_well_formed(block):
    if block.language == "toml":
        if sys.version_info >= (3, 11):
            import tomllib

            tomllib.loads(block.text)
    elif block.language == "json":
        json.loads(block.text)
    else:
        yaml.safe_load(block.text)
