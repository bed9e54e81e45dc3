"""The forms of a rehearsal's report: `text`, `html` and `json`.

Each is a module with one function `write(report, stream)`. The other modules are what they
share: the record of the report, its timeline, its sentences, and the line that shows what is
done meanwhile.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing import TextIO

    from .report import Report


class Reporter(Protocol):
    """A module that writes reports in one form."""

    def write(self, report: Report, stream: TextIO) -> None:
        """Write a report into a stream of text."""


def reporter(form: str) -> Reporter:
    """Return the module of a form; raises ImportError if what it needs is not installed."""
    module: Any = import_module(f".{form}", __name__)
    found: Reporter = module
    return found
