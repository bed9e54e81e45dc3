"""The real command on small functions: each finding that it must give, and no other.

The functions stand in `functions/unsafe` and `functions/safe`, one module each, or one
folder with an `app.py`. The docstring of the handler's module names the findings, as in
`error shared-value app.ORDER_ID`: level, code and location. A safe function names none.
The line `with snapshot-restore-random` says which of our plugins is installed for it.
"""

from __future__ import annotations

import ast
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearsal.command import LIMIT

if TYPE_CHECKING:
    from tests.conftest import Site
    from tests.rehearsal.command import Functions
    from tests.rehearsal.peer import Peer

CORPUS = Path(__file__).with_name("functions")


@dataclass(frozen=True)
class Case:
    """A function of the corpus, and what its docstring says of it."""

    path: Path
    findings: list[tuple[str, ...]]
    plugins: list[str]

    def copy_to(self, folder: Path) -> None:
        if self.path.is_dir():
            shutil.copytree(self.path, folder, dirs_exist_ok=True)
        else:
            shutil.copy(self.path, folder / "app.py")


def read(path: Path) -> Case:
    module = path / "app.py" if path.is_dir() else path
    lines = (ast.get_docstring(ast.parse(module.read_text())) or "").splitlines()
    findings = [line for line in lines if line.startswith(("error ", "warning "))]
    plugins = [line.split()[1] for line in lines if line.startswith("with ")]
    return Case(path, sorted(tuple(line.split(" ", 2)) for line in findings), plugins)


def cases(kind: str) -> list[Any]:
    paths = sorted(path for path in (CORPUS / kind).iterdir() if path.name != "__pycache__")
    return [pytest.param(read(path), id=path.stem) for path in paths]


def rehearse(case: Case, functions: Functions, site: Site, peer: Peer) -> tuple[int, Any]:
    """Return the command's exit status, and the findings."""
    case.copy_to(functions.folder)
    for plugin in case.plugins:
        site.add_ready_made(plugin)
    process = functions.start(path=(site,), env=peer.variables)
    stdout, stderr = process.communicate(timeout=LIMIT)
    assert stdout, stderr
    report = json.loads(stdout)
    # Shown if the test fails.
    print(json.dumps(report["findings"], indent=2).replace("\\n", "\n    "), stderr, sep="\n")
    found = [(one["level"], one["code"], one["location"]) for one in report["findings"]]
    return process.returncode, sorted(found)


@pytest.mark.parametrize("case", cases("unsafe"))
def test_an_unsafe_function_gets_its_findings_and_no_others(
    case: Case, functions: Functions, site: Site, peer: Peer
) -> None:
    has_errors = any(level == "error" for level, *_ in case.findings)
    assert case.findings
    assert rehearse(case, functions, site, peer) == (int(has_errors), case.findings)


@pytest.mark.parametrize("case", cases("safe"))
def test_a_safe_function_gets_no_finding(
    case: Case, functions: Functions, site: Site, peer: Peer
) -> None:
    assert not case.findings
    assert rehearse(case, functions, site, peer) == (0, [])
