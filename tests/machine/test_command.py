"""What the command says to options of virtual machines."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.fixture
def rehearse(tmp_path):
    """Call the command on a function, where no QEMU is installed."""
    (tmp_path / "function").mkdir()
    (tmp_path / "function" / "app.py").write_text("def handler(event, context):\n    return 1\n")
    (tmp_path / "none").mkdir()

    def call(*arguments: str) -> tuple[int, str]:
        shown = subprocess.run(
            [
                *(sys.executable, "-m", "snapshot_restore_command", "rehearse", "app.handler"),
                *("--path", str(tmp_path / "function"), "--format", "json", *arguments),
            ],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": str(tmp_path / "none")},
            capture_output=True,
            text=True,
        )
        return shown.returncode, shown.stderr.splitlines()[-1]

    return call


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--age", "3h"), "--age needs --engine microvm"),
        (("--host-ports", "80,80"), "--host-ports needs --engine microvm"),
        (("--no-network",), "--no-network needs --engine microvm"),
        (("--kernel", "x"), "--kernel needs --engine microvm"),
        (("--no-cache",), "--no-cache needs --engine microvm"),
        (("--keep", "x"), "--keep needs --engine microvm"),
        (("--engine", "microvm", "--memory", "64"), "--memory has to be 128 or more megabytes"),
        (("--age", "3 weeks"), "write a number and s, m, h or d, as in 3h or 14d"),
        (("--host-ports", "80,http"), "'80,http' are no ports: write them as in 5432,6379"),
        (("--host-ports", "65536"), "'65536' are no ports"),
        (("--engine", "microvms"), "microvm"),
        (("--engine", "microvm"), "is not there. Install QEMU (Debian and Ubuntu: qemu-system-"),
        (("--engine", "microvm", "--age", "1.5d", "--memory", "512"), "Install QEMU"),
    ],
)
def test_what_is_not_right_is_told(rehearse, arguments, said):
    status, line = rehearse(*arguments)

    assert (status, said in line) == (2, True), line


def test_the_configuration_says_it_too(rehearse, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.snapshot-restore]\nengine = "microvm"\nage = "14d"\nhost-ports = "5432,6379"\n'
        "no-network = true\nmemory = 1024\n"
    )
    assert "Install QEMU" in rehearse()[1]

    (tmp_path / "pyproject.toml").write_text('[tool.snapshot-restore]\nage = "long"\n')
    assert "tool.snapshot-restore.age: 'long' is no age" in rehearse()[1]
