"""Rehearses functions that a test writes down, with the real command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.conftest import ROOT
from tests.rehearsal.ready_command import READY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
LIMIT = 300  # seconds; only guards against a command that hangs


def notice_and_rest(stderr: str) -> tuple[str, str]:
    """Return what the command says before it starts, empty if nothing, and what follows."""
    found = re.match(r"snapshot-restore: [^\n]+ really runs:.*?\nAWS: [^\n]*\n", stderr, re.DOTALL)
    end = found.end() if found else 0
    return stderr[:end], stderr[end:]


def on_a_terminal(arguments: Sequence[str], folder: Path, **variables: str) -> tuple[int, str]:
    """Return the command's exit status, and what a terminal gets of it.

    Args:
        arguments: The command's.
        folder: The working directory.
        **variables: Of the environment, beside those that there are.
    """
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "snapshot_restore_command", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **variables},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # Linux tells the end of a terminal so.
        pass
    os.close(ours)
    return process.wait(LIMIT), shown.decode()


@dataclass(frozen=True)
class Rehearsal:
    """What came of the command.

    The report is None where it printed none; `stderr` is what follows the notice before the start.
    """

    status: int
    report: Any
    stderr: str
    notice: str = ""

    @property
    def codes(self) -> list[str]:
        """The codes of all findings but notes."""
        return [finding["code"] for finding in self._findings(is_note=False)]

    @property
    def finding(self) -> Any:
        """The only finding, notes excepted."""
        (finding,) = self._findings(is_note=False)
        return finding

    @property
    def notes(self) -> list[Any]:
        return self._findings(is_note=True)

    def _findings(self, *, is_note: bool) -> list[Any]:
        found = self.report["findings"]
        return [finding for finding in found if (finding["level"] == "note") == is_note]

    @property
    def results(self) -> list[Any]:
        return [invocation["result"] for invocation in self.report["phases"]["invoke"]]


def finished(started: subprocess.Popen[str]) -> Rehearsal:
    """Return what comes of a command that was started."""
    with started as process:
        try:
            stdout, stderr = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
    return _rehearsal(process.returncode, stdout, stderr)


def _rehearsal(status: int, stdout: str, stderr: str) -> Rehearsal:
    report = json.loads(stdout) if stdout else None
    return Rehearsal(status, report, *reversed(notice_and_rest(stderr)))


class Functions:
    """Writes functions into a folder and rehearses them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "function"
        self.folder.mkdir()

    def write(self, name: str, source: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")

    def start(
        self, *arguments: str, path: tuple[Any, ...] = (), **options: Any
    ) -> subprocess.Popen[str]:
        """Start the command on `app.handler`, with the folders `path` on `sys.path`."""
        program = [sys.executable, *options.pop("program", ("-m", "snapshot_restore_command"))]
        return subprocess.Popen(
            [*program, *self._arguments(arguments, options)],
            cwd=self.folder.parent,
            env=_variables(path, options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def _arguments(self, arguments: tuple[str, ...], options: dict[str, Any]) -> list[str]:
        handler = options.pop("handler", "app.handler")
        shown = () if options.pop("masked", False) else ("--show-values",)
        return [
            *("rehearse", handler, "--path", str(self.folder), "--format", "json"),
            *(*shown, *arguments),
        ]

    def rehearse(self, source: str, *arguments: str, **options: Any) -> Rehearsal:
        """Rehearse the function whose module is `source`."""
        self.write("app.py", source)
        return self.again(*arguments, **options)

    def again(self, *arguments: str, **options: Any) -> Rehearsal:
        """Rehearse the function as it was written."""
        is_of_interpreter = any(name.startswith("PYTHON") for name in options.get("env", ()))
        if is_of_interpreter or options.keys() - {"env", "handler", "masked"}:
            return finished(self.start(*arguments, **options))
        given = self._arguments(arguments, options)
        variables = _variables((), options)
        found = READY.run(given, self.folder.parent, variables, LIMIT)
        return _rehearsal(found.status, found.stdout, found.stderr)


def _variables(path: tuple[Any, ...], options: dict[str, Any]) -> dict[str, str]:
    folders = [str(getattr(one, "path", one)) for one in (*path, ROOT)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders), **options.pop("env", {})}
