"""The real command on small functions: each finding that it must give, and no other.

The functions stand in `functions/unsafe` and `functions/safe`, one module each, or one
folder with an `app.py`. The docstring of the handler's module names the findings, as in
`error shared-value app.ORDER_ID`: level, code and location. A safe function names none.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, Site

if TYPE_CHECKING:
    from tests.rehearsal.peer import Peer

FUNCTIONS = Path(__file__).with_name("functions")


@dataclass(frozen=True)
class Function:
    """A function of the corpus, and what its docstring says of it."""

    path: Path
    findings: list[tuple[str, ...]]
    plugins: list[str]
    handler: str

    def install(self, folder: Path) -> None:
        if self.path.is_dir():
            shutil.copytree(self.path, folder)
        else:
            folder.mkdir()
            shutil.copy(self.path, folder / "app.py")


def read(path: Path) -> Function:
    module = next(path.rglob("*.py")) if path.is_dir() else path
    if path.is_dir():
        module = path / "app.py" if (path / "app.py").exists() else path / "api" / "orders.py"
    lines = (ast.get_docstring(ast.parse(module.read_text())) or "").splitlines()
    findings = [
        tuple(line.split(" ", 2)) for line in lines if line.startswith(("error ", "warning "))
    ]
    said = dict(line.split(" ", 1) for line in lines if line.startswith(("with ", "handler ")))
    plugins = [said["with"]] if "with" in said else []
    return Function(path, findings, plugins, said.get("handler", "app.handler"))


def functions(kind: str) -> list[object]:
    paths = sorted(
        path
        for path in (FUNCTIONS / kind).iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    )
    return [pytest.param(read(path), id=path.stem) for path in paths]


def rehearse(function: Function, folder: Path, peer: Peer) -> tuple[int, list[tuple[str, ...]]]:
    function.install(folder)
    site = Site(folder.with_name("site"))
    for plugin in function.plugins:
        module = plugin.replace("-", "_")
        shutil.copytree(ROOT / "plugins" / plugin / module, site.path / module)
        site.add(plugin, {"name": module})
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site.path), str(ROOT)])}
    command = [sys.executable, "-m", "snapshot_restore_py", "rehearse", function.handler]
    result = subprocess.run(
        [*command, "--format", "json", "--path", str(folder)],
        env={**environment, **peer.variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.stdout, result.stderr
    report = json.loads(result.stdout)
    print(json.dumps(report["findings"], indent=2).replace("\\n", "\n    "))
    print(result.stderr)
    found = [(one["level"], one["code"], one["location"]) for one in report["findings"]]
    return result.returncode, found


@pytest.mark.parametrize("function", functions("unsafe"))
def test_an_unsafe_function_gets_its_findings_and_no_others(
    function: Function, tmp_path: Path, peer: Peer
) -> None:
    status, found = rehearse(function, tmp_path / "function", peer)
    assert sorted(found) == sorted(function.findings)
    assert status == int(any(level == "error" for level, *_ in function.findings))
    assert function.findings


@pytest.mark.parametrize("function", functions("safe"))
def test_a_safe_function_gets_no_finding(function: Function, tmp_path: Path, peer: Peer) -> None:
    assert rehearse(function, tmp_path / "function", peer) == (0, [])
    assert not function.findings
