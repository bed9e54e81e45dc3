"""Shows a person what a rehearsal does, and then its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from .progress import progress
from .text import show

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from .report import Report


class TextScreen:
    """A terminal, or a file of text."""

    def progress(self) -> AbstractContextManager[Callable[[str], None]]:
        """Show what is done as long as the block runs; yield what to call with it."""
        # The function's output, which may look like markup, is shown above.
        return progress(Console(stderr=True, markup=False, emoji=False, highlight=False))

    def show(self, report: Report) -> None:
        """Print the report."""
        show(report, Console())
