"""How the function's process is started, whatever it runs in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .credentials import without_aws

if TYPE_CHECKING:
    from .call import Call

_REHEARSAL = Path(__file__).parents[1]
SCRIPT = _REHEARSAL / "inside" / "function.py"
HOME = str(_REHEARSAL.parents[1])
"""The folder that holds this package."""


def arguments(call: Call, *, is_copied_from_outside: bool) -> tuple[list[str], list[str]]:
    """Return the script's arguments: those before its two descriptors, and those after them.

    Args:
        call: What to rehearse.
        is_copied_from_outside: Whether something else makes the copies of the process.
    """
    copies = "outside" if is_copied_from_outside else ""
    limit, placeholders = str(call.invocation_limit), ",".join(call.placeholders)
    return (
        [call.path, HOME, call.handler, str(call.limit)],
        ["no-aws" if call.no_aws else "", copies, limit, placeholders, *call.own],
    )


def environment(call: Call) -> dict[str, str]:
    """Return the variables of the process."""
    found = {**os.environ, **call.env}
    if call.no_aws:
        found = without_aws(found)
    # Values are compared between processes by their hashes, and sets by their order.
    if not found.get("PYTHONHASHSEED", "random").isdecimal():
        found["PYTHONHASHSEED"] = "1"
    return found
