"""The command `snapshot-restore completion`: what a shell needs to complete its words.

The script that shtab makes knows all commands and options, so that a shell starts nothing for it.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELLS = ("bash", "fish", "tcsh", "zsh")
_FILES, _FOLDERS, _CODE = ("FILE",), ("DIR", "FOLDER"), "CODE"


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the script for a shell.

    Args:
        parser: The command's, which is changed by that.
        shell: One of `SHELLS`.

    Raises:
        ImportError: shtab is not installed, or is none that knows the shell.
    """
    shtab: Any = import_module("shtab")
    if shell not in shtab.SUPPORTED_SHELLS:
        raise ImportError(shell)
    from ._rehearsal.findings import codes

    for action in _actions(parser):
        found: Any = action
        if action.metavar in _FILES:
            found.complete = shtab.FILE
        elif action.metavar in _FOLDERS:
            found.complete = shtab.DIRECTORY
        elif action.metavar == _CODE:
            action.choices = [code.name for code in codes()]
    return str(shtab.complete(parser, shell))


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from _actions(one)
