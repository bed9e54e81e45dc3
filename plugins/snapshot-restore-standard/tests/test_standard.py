"""The distribution that requires all others."""

from __future__ import annotations

import re
from pathlib import Path

PLUGINS = Path(__file__).parent.parent.parent


def test_it_requires_each_of_the_other_plugins():
    text = (PLUGINS / "snapshot-restore-standard" / "pyproject.toml").read_text()
    required = set(re.findall(r'"(snapshot-restore-[a-z0-9]+)>=', text))
    others = {path.parent.name for path in PLUGINS.glob("*/pyproject.toml")}
    assert required == others - {"snapshot-restore-standard"}


def test_the_code_of_each_plugin_is_measured():
    text = (PLUGINS.parent / "pyproject.toml").read_text()
    measured = set(re.findall(r'^    "\*/(snapshot_restore_\w+)/\*",$', text, re.MULTILINE))
    packages = {path.name for path in PLUGINS.glob("*/snapshot_restore_*")}
    assert measured == packages
    for package in packages:
        folder = f"plugins/{package.replace('_', '-')}/{package}"
        assert f'\n{package} = ["{folder}", "*/{package}"]\n' in text


def test_each_plugin_is_in_the_documentation_and_the_readme():
    names = {path.parent.name for path in PLUGINS.glob("*/pyproject.toml")}
    table = (PLUGINS.parent / "docs/reference/plugins.md").read_text(encoding="utf-8")
    assert names == set(re.findall(r"^\| \[`(snapshot-restore-\w+)`\]\(", table, re.MULTILINE))
    readme = PLUGINS / "snapshot-restore-standard" / "README.md"
    told = set(re.findall(r"`(?:snapshot-restore)?-(\w+)`", readme.read_text(encoding="utf-8")))
    assert {f"snapshot-restore-{name}" for name in told} >= names - {"snapshot-restore-standard"}
