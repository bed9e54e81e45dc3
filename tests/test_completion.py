"""A shell completes the words of the command."""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from snapshot_restore_py._rehearsal.findings import codes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 60  # seconds; only guards against a shell that hangs
PAGE = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
# As the page prints it.
(LINE,) = re.findall(r'^eval "\$\(snapshot-restore completion bash\)"$', PAGE, re.MULTILINE)


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "snapshot_restore_command", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def bash(tmp_path: Path) -> Bash:
    if not shutil.which("bash"):  # pragma: no cover
        raise AssertionError("there is no bash")
    return Bash(tmp_path)


class Bash:
    """A real one, on a terminal, in which the line of the documentation was typed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        program = self.bin / "snapshot-restore"
        beside = ROOT / "snapshot_restore_py" / "_top_level"
        program.write_text(
            f"#!/bin/sh\nPYTHONPATH={shlex.quote(f'{ROOT}:{beside}')} "
            f'exec {shlex.quote(sys.executable)} -m snapshot_restore_command "$@"\n'
        )
        program.chmod(0o755)

    def completed(self, *typed: str) -> list[str]:
        """Return the words of each line when the tabs in it have done their work."""
        # The command tells what it was given, once its words can be completed.
        lines = [LINE, "snapshot-restore() { printf '<%s>\\n' \"$*\"; }"]
        lines += [f"snapshot-restore {one}" for one in typed] + ["exit"]
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            cwd=self.folder,
            env={"PATH": f"{self.bin}:{os.environ['PATH']}", "TERM": "dumb", "PS1": ""},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        guard = threading.Timer(LIMIT, process.kill)
        guard.start()
        shown = b""
        try:
            os.write(ours, "".join(f"{line}\n" for line in lines).encode())
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # Linux tells the end of a terminal so.
            pass
        finally:
            guard.cancel()
            os.close(ours)
            process.wait(LIMIT)
        found = re.findall(r"^<(.*)>\r?$", shown.decode().replace("\r\n", "\n"), re.MULTILINE)
        assert len(found) == len(typed), shown.decode()
        return found


def test_bash_completes_commands_options_choices_and_codes(bash):
    assert bash.completed(
        "rehe\t",
        "rehearse --fail-on ne\t",
        "rehearse app.handler --basel\t",
        "explain shared-v\t",
        "rehearse --ignore shared-v\t",
        "report --format mark\t",
        "completion zs\t",
    ) == [
        "rehearse",
        "rehearse --fail-on never",
        "rehearse app.handler --baseline",
        "explain shared-value",
        "rehearse --ignore shared-value",
        "report --format markdown",
        "completion zsh",
    ]


def test_it_completes_files_and_folders(bash):
    (bash.folder / "template.yaml").touch()
    (bash.folder / "events").mkdir()
    (bash.folder / "eve.txt").touch()
    assert bash.completed("rehearse --template tem\t", "rehearse --events ev\t") == [
        "rehearse --template template.yaml",
        "rehearse --events events/",
    ]


@pytest.mark.parametrize("shell", ["bash", "fish", "tcsh", "zsh"])
def test_there_is_a_script_for_each_shell_with_all_codes(shell):
    result = command("completion", shell)
    assert (result.returncode, result.stderr) == (0, "")
    for word in ("rehearse", "write-baseline", *(code.name for code in codes())):
        assert word in result.stdout


def test_another_shell_is_told():
    result = command("completion", "ksh")
    assert result.returncode == 2
    assert "'ksh'" in result.stderr


@pytest.mark.parametrize("text", ["raise ImportError\n", "SUPPORTED_SHELLS = []\n"])
def test_what_it_needs_is_told(tmp_path, text):
    (tmp_path / "shtab.py").write_text(text)
    result = command("completion", "bash", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    expected = "snapshot-restore: it needs shtab: pip install 'shtab>=1.13'\n"
    assert (result.returncode, result.stdout, result.stderr) == (2, "", expected)
