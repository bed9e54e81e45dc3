"""The real command on small functions: each finding that it must give, and no other.

The functions stand in `functions/unsafe` and `functions/safe`, one module each, or one
folder with an `app.py`. The docstring of the handler's module says all that is known of one,
in lines of their own:

- `error shared-value app.ORDER_ID`: a finding that it must get: level, code and location.
  Without a location: one or more of that level and code, wherever. An error or warning that
  no line names must not come. A safe function names none.
- `note late-import`: the same for a note. Notes that no line names may come, since libraries
  import and work lazily as they like, unless `no late-import` forbids them.
- `needs boto3 moto`: the distributions that it uses. Where one is not installed, the test is
  skipped. The extra `corpus` installs all of them.
- `with snapshot-restore-random`: which of our plugins is installed for it.
- `with aws`: it runs beside a server of AWS, with keys for it in its environment.
- `with patience`: its init takes so long that a busy machine needs more time than usual.
- `env NAME=VALUE ...`: what else stands in its environment.

What the command does not get right yet stands in `expected_failures.py`.
"""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.rehearsal.expected_failures import EXPECTED_FAILURES
from tests.rehearsal.measured import MEASURED

if TYPE_CHECKING:
    from tests.conftest import Site
    from tests.rehearsal.command import Functions

CORPUS = Path(__file__).with_name("functions")
# One of five parts: SNAPSHOT_RESTORE_CORPUS=2/5 python -m pytest tests/rehearsal
# Those that show what no other test does: SNAPSHOT_RESTORE_CORPUS=measured
PART = os.environ.get("SNAPSHOT_RESTORE_CORPUS", "1/1")
# A choice of functions that get each kind of code.
PATCHED = {
    "connection_tcp",
    "expiring_presigned_url",
    "fetched_in_modules",
    "numpy_objects",
    "process_kept",
    "time_date",
    "time_monotonic_deadlines",
    "value_by_two_names",
    "value_in_objects",
}


class Finding(NamedTuple):
    """A finding as a docstring names it; without a location, it is any number of them."""

    level: str
    code: str
    location: str = ""


@dataclass(frozen=True)
class Case:
    """A function of the corpus, and what its docstring says of it."""

    path: Path
    findings: list[Finding]
    notes: set[str]
    forbidden_notes: set[str]
    needs: list[str]
    beside: list[str]
    env: dict[str, str]

    @property
    def plugins(self) -> list[str]:
        return [one for one in self.beside if one.startswith("snapshot-restore-")]

    @property
    def missing(self) -> list[str]:
        return [one for one in self.needs if not is_installed(one)]

    def copy_to(self, folder: Path) -> None:
        if self.path.is_dir():
            shutil.copytree(self.path, folder, dirs_exist_ok=True)
        else:
            shutil.copy(self.path, folder / "app.py")

    def expected(self, found: list[Finding]) -> list[Finding]:
        """Return what must be found; what has no location takes those that were found."""
        wanted = []
        for one in self.findings:
            matching = {other for other in found if other[:2] == one[:2]}
            wanted += sorted(matching) if not one.location and matching else [one]
        return sorted(wanted)


def is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def read(path: Path) -> Case:
    module = path / "app.py" if path.is_dir() else path
    lines = (ast.get_docstring(ast.parse(module.read_text())) or "").splitlines()
    known: dict[str, list[str]] = {}
    for line in lines[1:]:
        match = re.fullmatch(r"(error|warning|note|no|needs|with|env) (.+)", line)
        if match:
            known.setdefault(match[1], []).append(match[2])
    findings = [
        Finding(level, *text.split(" ", 1))
        for level in ("error", "warning")
        for text in known.get(level, [])
    ]
    words = {key: " ".join(known.get(key, [])).split() for key in ("needs", "with", "env")}
    return Case(
        path,
        sorted(findings),
        set(known.get("note", [])),
        set(known.get("no", [])),
        words["needs"],
        words["with"],
        dict(one.split("=", 1) for one in words["env"]),
    )


def cases(kind: str, names: set[str] | None = None) -> list[Any]:
    """Return the parameters of a test, with those that are known to fail marked as such.

    Args:
        kind: Of functions.
        names: Those functions that are meant; None for all.
    """
    parameters = []
    for path in sorted((CORPUS / kind).iterdir()):
        if path.name != "__pycache__" and (names is None or path.stem in names):
            reason = EXPECTED_FAILURES.get(path.stem)
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            parameters.append(pytest.param(read(path), id=path.stem, marks=marks))
    if PART == "measured":
        return [one for one in parameters if one.id in MEASURED]
    part, parts = map(int, PART.split("/"))
    return parameters[part - 1 :: parts]


class Verdict(NamedTuple):
    """What a rehearsal said: the command's exit status, and its findings."""

    status: int
    findings: list[Finding]
    notes: set[str]


def rehearse(
    case: Case,
    functions: Functions,
    site: Site,
    request: pytest.FixtureRequest,
    *arguments: str,
) -> tuple[int, Any]:
    """Rehearse the function as it lies in the folder; return the exit status and the report."""
    for plugin in case.plugins:
        site.add_ready_made(plugin)
    env = {**request.getfixturevalue("peer").variables, **case.env}
    if "aws" in case.beside:
        env.update(request.getfixturevalue("aws_variables"))
    options = {"path": (site,)} if case.plugins else {}
    rehearsal = functions.again(*arguments, env=env, **options)
    report, stderr = rehearsal.report, rehearsal.notice + rehearsal.stderr
    assert report, stderr
    # Shown if the test fails.
    print(json.dumps(report["findings"], indent=2).replace("\\n", "\n    "), stderr, sep="\n")
    for finding in report["findings"]:
        for one in finding["additions"]:
            ast.parse((functions.folder / one["file"]).read_text("utf-8") + f"\n{one['text']}")
    return rehearsal.status, report


def verdict_of(status: int, report: Any) -> Verdict:
    found = [Finding(one["level"], one["code"], one["location"]) for one in report["findings"]]
    return Verdict(
        status,
        sorted(one for one in found if one.level != "note"),
        {one.code for one in found if one.level == "note"},
    )


def check(
    case: Case,
    functions: Functions,
    site: Site,
    request: pytest.FixtureRequest,
    repetitions: range,
) -> None:
    """Rehearse the function as often as asked for; each time must give what is expected."""
    if case.missing:
        pytest.skip(f"needs the extra corpus: {', '.join(case.missing)}")
    has_errors = any(one.level == "error" for one in case.findings)
    for repetition in repetitions:
        print(f"rehearsal {repetition + 1}")
        case.copy_to(functions.folder)
        verdict = verdict_of(*rehearse(case, functions, site, request))
        assert verdict.findings == case.expected(verdict.findings)
        assert verdict.status == int(has_errors)
        assert case.notes <= verdict.notes
        assert not case.forbidden_notes & verdict.notes


@pytest.mark.parametrize("case", cases("unsafe"))
def test_an_unsafe_function_gets_its_findings_and_no_others(
    case: Case,
    functions: Functions,
    site: Site,
    request: pytest.FixtureRequest,
    repetitions: range,
) -> None:
    assert case.findings or case.notes
    check(case, functions, site, request, repetitions)


@pytest.mark.parametrize("case", cases("safe"))
def test_a_safe_function_gets_no_finding(
    case: Case,
    functions: Functions,
    site: Site,
    request: pytest.FixtureRequest,
    repetitions: range,
) -> None:
    assert not case.findings
    assert not case.notes
    check(case, functions, site, request, repetitions)


@pytest.mark.parametrize("case", cases("unsafe", PATCHED))
def test_a_patch_of_all_code_mends_what_has_some(
    case: Case,
    functions: Functions,
    site: Site,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    if case.missing:
        pytest.skip(f"needs the extra corpus: {', '.join(case.missing)}")
    case.copy_to(functions.folder)
    patch = tmp_path / "all.patch"
    _, before = rehearse(case, functions, site, request, "--patch", str(patch))
    subprocess.run(["git", "apply", str(patch)], cwd=functions.folder, check=True)
    print(patch.read_text("utf-8"))
    _, after = rehearse(case, functions, site, request)
    words = [one for one in before["findings"] if not one["additions"]]
    assert len(words) < len(before["findings"])
    # The patch moves lines.
    assert sorted(map(_place, after["findings"])) == sorted(map(_place, words))


def _place(finding: Any) -> tuple[str, str]:
    return finding["code"], re.sub(r":\d+$", "", finding["location"])


def test_what_is_said_of_functions_by_name_is_said_of_functions_of_the_corpus() -> None:
    names = {path.stem for kind in ("safe", "unsafe") for path in (CORPUS / kind).iterdir()}
    assert {*EXPECTED_FAILURES, *MEASURED} <= names
