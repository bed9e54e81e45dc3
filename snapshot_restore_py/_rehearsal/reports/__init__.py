"""The forms of a rehearsal's report: each module of this folder is one.

It has one function, `write(report, stream)`. The command's choices and its help are made from
the modules that there are, so another form is another module and its tests. What they share
is in `telling`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing import TextIO

    from snapshot_restore_py._rehearsal.telling.report import AnyReport


class Reporter(Protocol):
    """A module that writes reports in one form."""

    def write(self, report: AnyReport, stream: TextIO) -> None:
        """Write a report into a stream of text.

        Args:
            report: What is told: a rehearsal, one that could not start, or several of both.
            stream: Where to.
        """


def forms() -> list[str]:
    """Return the names of all forms, in their order; none is imported for that."""
    return sorted(one.name for one in pkgutil.iter_modules(__path__))


def reporter(form: str) -> Reporter:
    """Return the module of a form; raises ImportError if what it needs is not installed."""
    module: Any = import_module(f".{form}", __name__)
    found: Reporter = module
    return found
