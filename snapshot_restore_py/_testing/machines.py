"""Runs functions of a test in virtual machines that are really snapshotted and restored."""

from __future__ import annotations

import inspect
import json
import os
import sys
import sysconfig
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._machine.base import Told, base
from snapshot_restore_py._machine.machine import MachineError, continued
from snapshot_restore_py._machine.program import Program

from .outcome import RestoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from snapshot_restore_py._machine.base import Base
    from snapshot_restore_py._machine.machine import Saved
    from snapshot_restore_py._machine.options import Options

_SCRIPT = Path(__file__).with_name("restored.py")
_PACKAGE = str(_SCRIPT.parents[1])
_PYTHONS = {"site-packages", "dist-packages", "lib-dynload"}


class Restores:
    """Takes the snapshot of a process that calls functions of a test, and restores it.

    Args:
        call: Called in each restore.
        before: Called before the snapshot; None for nothing.
        options: What the machines are like.
        variables: Those of the environment.
        timeout: Seconds that the process may take until the snapshot, and each restore.

    Raises:
        ValueError: One of the two is no function of a module.
    """

    def __init__(
        self,
        call: Callable[..., object],
        before: Callable[[], object] | None,
        options: Options,
        variables: Mapping[str, str],
        timeout: float,
    ) -> None:
        file, name = _place(call)
        if before and _place(before) != (file, name):
            raise ValueError(f"{before!r} and {call!r} have to be of one module")
        home, self._folder = _folders(file, name)
        names = [before.__qualname__ if before else "", call.__qualname__]
        self._path = _own_path()
        path = json.dumps([home, *self._path])
        self._arguments = [sys.executable, "-uB", str(_SCRIPT), path, file, name, *names]
        self._options = options
        self._variables = variables
        self._timeout = timeout

    def results(self, count: int) -> list[Any]:
        """Return what the function returns in each of `count` restores.

        Raises:
            MissingError: Something is not there that machines need.
            RestoreError: A machine fails, or what runs in it.
        """
        try:
            folders = [self._folder, _PACKAGE]
            start = base(self._options, folders, self._variables, _NOBODY, self._path)
            try:
                with self._snapshot(start) as saved:
                    return [self._result(saved, number) for number in range(1, count + 1)]
            finally:
                start.saved.memory.close()
        except MachineError as problem:
            raise RestoreError(f"{problem}\n{problem.console}".strip(), 0) from None

    @contextmanager
    def _snapshot(self, start: Base) -> Iterator[Saved]:
        machine = start.start(self._options)
        try:
            program = Program(machine, _show, _pass_over)
            user = os.getuid(), os.getgid()
            program.start((self._arguments, []), self._variables, user)
            _told(program, "snapshot", self._timeout, 0)
            saved = machine.save()
        finally:
            machine.end()
        try:
            yield saved
        finally:
            saved.memory.close()

    def _result(self, saved: Saved, number: int) -> Any:
        machine = continued(saved, is_kept=False)
        try:
            program = Program(machine, _show, _pass_over)
            machine.begin(time.time() + self._options.age)
            program.reply(b"\n")
            return _told(program, "result", self._timeout, number)["result"]
        finally:
            machine.end()


def _place(function: Callable[..., object]) -> tuple[str, str]:
    """Return the file and the name of a function's module."""
    name = getattr(function, "__qualname__", "<")
    if "<" in name:  # as in <lambda>, and in <locals>
        raise ValueError(f"{function!r} has to be a function of a module: machines import it")
    return os.path.abspath(inspect.getfile(function)), function.__module__


def _folders(file: str, name: str) -> tuple[str, str]:
    """Return where a module is imported from, and the folder that it needs: its package's."""
    path, parts = Path(file).with_suffix(""), tuple(name.split("."))
    is_package = path.name == "__init__"
    if is_package:
        path = path.parent
    if path.parts[-len(parts) :] != parts:  # It was loaded under another name.
        return os.path.dirname(file), os.path.dirname(file)
    home = path.parents[len(parts) - 1]
    return str(home), str(home / parts[0] if is_package or len(parts) > 1 else home)


def _own_path() -> list[str]:
    """Return what this process finds modules in beside Python's own folders.

    A project's settings and the tests' runner add to it; Python in the machine cannot know that.
    """
    standard = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    entries = dict.fromkeys(os.path.abspath(one) for one in sys.path)
    return [
        one
        for one in entries
        if one not in standard and _PYTHONS.isdisjoint(Path(one).parts) and os.path.exists(one)
    ]


def _told(program: Program, wanted: str, timeout: float, number: int) -> dict[str, Any]:
    """Return what the process tells when it has come so far."""
    where = f"restore {number}" if number else "the process before the snapshot"
    deadline = time.monotonic() + timeout
    while True:
        program.read()
        line = program.line()
        if line is not None:
            found: dict[str, Any] = json.loads(line)
            if found["event"] == wanted:
                return found
            raise RestoreError(f"{where} failed: {found['error']}\n\n{found['traceback']}", number)
        if program.status is not None:
            raise RestoreError(f"{where} ended early, with status {program.status}", number)
        if program.machine.has_ended():
            raise program.machine.problem("has ended")
        if time.monotonic() > deadline:
            raise RestoreError(f"{where} took longer than {timeout:g} s", number)
        program.machine.pause(timeout)


def _show(data: bytes) -> None:
    sys.stdout.write(data.decode("utf-8", "replace"))


def _pass_over(_: object) -> None:
    """Hear what nobody wants to know."""


_NOBODY = Told(_pass_over, _pass_over)
