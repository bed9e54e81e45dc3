"""Writes what the reference has from the code itself: findings, options, the plugins' pages.

Nothing of it is kept by hand or under version control: `conf.py` has it written at each build.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from snapshot_restore_py._command import _parser
from snapshot_restore_py._rehearsal.findings import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
# Folders of `REFERENCE` in which every file is written here.
FOLDERS = ("findings", "options", "plugins")


def write(reference: Path = REFERENCE) -> None:
    """Write all files of the folders; what else there is in them is removed."""
    files = dict(pages())
    for folder in FOLDERS:
        for path in (reference / folder).glob("*.md"):
            if f"{folder}/{path.name}" not in files:
                path.unlink()
    for name, text in files.items():
        path = reference / name
        path.parent.mkdir(exist_ok=True)
        # One that is as it was has not changed for Sphinx either.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name of each file in `REFERENCE`, and what stands in it."""
    yield "findings/table.md", _text(_findings())
    for code in codes():
        yield f"findings/{code.name}.md", code.page
    for command, options in _commands():
        yield f"options/{command}.md", _text(_options(options))
    for readme in sorted(ROOT.glob("plugins/*/README.md")):
        yield f"plugins/{readme.parent.name}.md", _included(readme)


def _text(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _findings() -> Iterator[str]:
    yield "| Finding | Level | Seen when |"
    yield "| --- | --- | --- |"
    for code in codes():
        link = f"[`{code.name}`](/reference/findings/{code.name}.md)"
        yield f"| {link} | {code.level} | {code.meaning} |"


def _commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in _parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _options(command: argparse.ArgumentParser) -> Iterator[str]:
    yield "| Option | Meaning |"
    yield "| --- | --- |"
    for action in sorted(command._actions, key=lambda action: bool(action.option_strings)):
        if not isinstance(action, argparse._HelpAction):
            yield f"| {_name(action)} | {action.help} |"


def _name(action: argparse.Action) -> str:
    if action.nargs == 0:
        return f"`{action.option_strings[0]}`"
    names = (
        [" ".join([*action.option_strings[:1], str(value)]) for value in action.choices]
        if action.choices
        else [" ".join([*action.option_strings[:1], action.metavar or action.dest])]
    )
    several = " ..." if action.nargs == "+" else ""
    return ", ".join(f"`{name}{several}`" for name in names)


def _included(readme: Path) -> str:
    return f"```{{include}} ../../../{readme.relative_to(ROOT)}\n```\n"
