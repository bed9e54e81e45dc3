"""The pages of the documentation: what is made for them from the code, and their links."""

from __future__ import annotations

import importlib.util
import re
import sys
from types import ModuleType
from typing import Any

import pytest

from snapshot_restore_py._command import _parser
from snapshot_restore_py._rehearsal.findings import codes
from tests.documentation.blocks import ROOT, pages


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    """What is written at each build, by the file's name."""
    spec: Any = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module: Any = importlib.util.module_from_spec(spec)
    assert isinstance(module, ModuleType)
    spec.loader.exec_module(module)
    return dict(module.pages())


def test_each_finding_has_a_page_that_says_what_to_do(generated):
    for code in codes():
        page = generated[f"findings/{code.name}.md"]
        headings = re.findall("^#+ (.*)$", page, re.MULTILINE)
        assert headings == [
            code.name,
            "What was seen",
            "Why it matters",
            "What to do",
            "When it may be ignored",
        ]
        for text in (code.explanation, code.remedy, code.ignorable):
            assert text.endswith(".")
            assert text in page
        assert f"(/reference/findings/{code.name}.md)" in generated["findings/table.md"]


@pytest.mark.parametrize("command", ["rehearse", "hooks", "plugins", "report"])
def test_each_option_stands_in_the_reference(command, generated):
    table = generated[f"options/{command}.md"]
    helped = _parser().parse_args([command, "app.handler"][: 1 + (command != "plugins")])
    for name in vars(helped):
        if name not in ("command", "handler", "file", "parser"):
            assert f"--{name.replace('_', '-')}" in table
    assert "None" not in table
    assert ("| `handler` |" in table) == (command in ("rehearse", "hooks"))
    if command == "rehearse":
        assert "| `--own MODULE ...` | modules that are your own too" in table
        assert "`--format sarif`, `--format text` |" in table
        assert "| `--output FORMAT=FILE` |" in table


def test_each_plugin_has_a_page_and_a_line_in_the_table(generated):
    table = (ROOT / "docs" / "reference" / "plugins.md").read_text(encoding="utf-8")
    for plugin in (ROOT / "plugins").glob("*/pyproject.toml"):
        name = plugin.parent.name
        assert f"plugins/{name}.md" in generated
        assert f"| [`{name}`](plugins/{name}.md) |" in table


def test_files_are_written_once_and_old_ones_removed(tmp_path):
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import generate
    finally:
        sys.path.remove(str(ROOT / "docs"))
    old = tmp_path / "findings" / "old-finding.md"
    old.parent.mkdir()
    old.write_text("# old")
    generate.write(tmp_path)
    assert not old.exists()
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.md")}
    assert len(times) == len(dict(generate.pages()))
    generate.write(tmp_path)
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.md")}


def test_each_variable_that_the_code_reads_stands_in_the_reference():
    sources = [*ROOT.glob("snapshot_restore_py/**/*.py"), *ROOT.glob("plugins/*/snap*/*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    page = (ROOT / "docs" / "reference" / "environment.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"\bSNAPSHOT_RESTORE_[A-Z_]*[A-Z]\b", code)):
        assert f"| `{name}` |" in page


# Sphinx checks those of the pages in docs/.
BESIDE = [page for page in pages() if page.parent == ROOT or "docs" not in page.parts]


@pytest.mark.parametrize("page", BESIDE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_beside_the_documentation_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            headings = re.findall("^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub("[^a-z0-9_ -]", "", one.lower()).replace(" ", "-") for one in headings]
            assert anchor in slugs, target
