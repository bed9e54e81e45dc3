"""Installs what is compared, times it in turns in fresh interpreters, and prints tables."""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Key = TypeVar("Key")
    Result = TypeVar("Result")

ROOT = Path(__file__).parents[2]


class Laboratory:
    """An empty virtual environment, and beside it the libraries that are compared.

    Attributes:
        ours: The folder with this project and the libraries of its extra `benchmark`.
        aws: The same with AWS's 1.0.0 in this project's place.
        home: The home folder that the interpreters see; caches are in it.
    """

    def __init__(self, folder: Path) -> None:
        self.ours, self.aws, self.home = folder / "ours", folder / "aws", folder / "home"
        self._cwd = folder / "cwd"  # Empty, because an interpreter searches it as well.
        self._cwd.mkdir()
        venv.create(folder / "python", symlinks=True)
        self._python = folder / "python" / "bin" / "python"
        install(self.ours, f"{ROOT}[benchmark]")
        shutil.copytree(self.ours, self.aws, ignore=shutil.ignore_patterns("snapshot_restore_py*"))
        install(self.aws, "snapshot-restore-py==1.0.0")
        unwanted = ("PYTHON", "SNAPSHOT_RESTORE_", "XDG_")
        self._env = {key: text for key, text in os.environ.items() if not key.startswith(unwanted)}
        self._env["HOME"] = str(self.home)

    def output(self, code: str, *path: Path) -> str:
        """Return what `code` prints, run with the folders `path` before the standard library.

        Raises RuntimeError if it fails or prints an error or a warning.
        """
        process = self._run(["-c", code], path, subprocess.PIPE)
        if process.returncode or process.stderr:
            raise RuntimeError(f"{path}:\n{code}\n{process.stderr}")
        return process.stdout

    def seconds(self, code: str, *path: Path) -> float:
        """Return the processor time that a whole process takes to run `code`.

        What else runs on the machine makes a process wait, but hardly makes it work more.
        """
        before = _worked_by_children()
        self.seconds_of(["-c", code], 0, *path)
        return _worked_by_children() - before

    def seconds_of(self, arguments: Sequence[str], status: int, *path: Path) -> float:
        """Return how long an interpreter takes that is started with `arguments`.

        Raises RuntimeError if its exit status is another one than `status`.
        """
        start = perf_counter()
        process = self._run(arguments, path, subprocess.DEVNULL)
        end = perf_counter()
        if process.returncode != status:
            raise RuntimeError(f"{arguments} ended with status {process.returncode}")
        return end - start

    def _run(
        self, arguments: Sequence[str], path: Iterable[Path], output: int
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._python, *arguments],
            cwd=self._cwd,
            env={**self._env, "PYTHONPATH": os.pathsep.join(map(str, path))},
            stdout=output,
            stderr=output,
            text=True,
        )


def _worked_by_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def install(folder: Path, requirement: str, *options: str) -> None:
    """Install a distribution and what it requires into a folder, with compiled bytecode."""
    options += ("-qq", "--disable-pip-version-check", "--compile", "--target", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "install", *options, requirement], check=True)


def interleaved(
    measure: Callable[[Key], Result], keys: Iterable[Key], rounds: int
) -> dict[Key, list[Result]]:
    """Return what `measure` returned for each key, in the order of the rounds.

    Each round measures every key once, in an order drawn anew: what disturbs the machine
    for a while disturbs all of them.
    """
    results: dict[Key, list[Result]] = {key: [] for key in keys}
    for number in range(1, rounds + 1):
        print(f"\rround {number} of {rounds}", end="", file=sys.stderr, flush=True)
        for key in random.sample(list(results), len(results)):
            results[key].append(measure(key))
    print(file=sys.stderr)
    return results


@dataclass(frozen=True)
class Target:
    """What is to be reached: at most `limit` times the time of another."""

    title: str
    other: str
    ratio: float
    limit: float

    @property
    def is_met(self) -> bool:
        """Tell whether it is reached."""
        return self.ratio <= self.limit

    def __str__(self) -> str:
        """Show it in one line."""
        verdict = "met" if self.is_met else "missed"
        return (
            f"{verdict:6}  {self.title}: {self.ratio:.3f} of {self.other}, at most {self.limit:.3g}"
        )


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of the arguments that all benchmarks take."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    return parser


def report(
    title: str,
    rows: Sequence[Sequence[str]],
    targets: Sequence[Target],
    options: argparse.Namespace,
) -> int:
    """Print what was measured, and return the exit status."""
    print(f"{_machine()}\n\n{title}\n\n{_table(rows, markdown=options.markdown)}\n")
    print("Targets:", *targets, sep="\n")
    return int(options.check and not all(target.is_met for target in targets))


def milliseconds(seconds: float, reference: float) -> str:
    """Return a time, and in brackets how many times the reference it is."""
    return f"{_short(seconds * 1000)} ({_short(seconds / reference)})"


def _short(number: float) -> str:
    return f"{number:.{max(0, 3 - len(str(int(number))))}f}"


def _table(rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    if markdown:
        ruled = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        return "\n".join(f"| {' | '.join(row)} |" for row in ruled)
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths))
        )
        for row in rows
    )


def _machine() -> str:
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    release = ".".join(platform.release().split(".")[:2])
    system = f"{platform.system()} {release} {platform.machine()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores; {system}; {python}"
