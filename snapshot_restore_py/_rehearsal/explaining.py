"""The command `snapshot-restore explain`: a finding's page of the documentation."""

from __future__ import annotations

import sys

from .findings import codes
from .targets import WrongCallError
from .telling.nearest import nearest

_WIDEST = 100  # columns: longer lines are tiring to read


def run(name: str) -> int:
    """Print the page of a finding, and return the exit status, 0.

    On a terminal it is laid out, if rich is installed; else it is Markdown.

    Raises:
        WrongCallError: There is no such finding.
    """
    known = {code.name: code for code in codes()}
    if name not in known:
        raise WrongCallError(
            f"there is no finding {name!r}{nearest(name, known) or '.'} Codes: {', '.join(known)}"
        )
    page = known[name].page
    if not _is_laid_out(page):
        print(page, end="")
    return 0


def _is_laid_out(page: str) -> bool:
    """Print a page as a terminal can show it, and tell whether that could be done."""
    if not sys.stdout.isatty():
        return False
    try:
        from rich.console import Console
        from rich.markdown import Markdown
    except ImportError:
        return False
    console = Console()
    console.print(Markdown(page), width=min(console.width, _WIDEST))
    return True
