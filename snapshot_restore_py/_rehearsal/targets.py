"""The files into which reports are written, each in one step."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .reports import forms, reporter
from .telling.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .reports import Reporter
    from .telling.report import AnyReport

_STANDARD_OUTPUT = "-"


class WrongCallError(Exception):
    """The call is wrong. The message is one line."""


@dataclass(frozen=True)
class Target:
    """A file for a report.

    Attributes:
        form: The report's form.
        file: The file; None for standard output.
    """

    form: str
    file: Path | None

    @property
    def what(self) -> str:
        """What is written, in words."""
        return "the page" if self.form == "html" else f"the report as {self.form}"


def targets(outputs: Iterable[str], page: Path | None = None) -> list[Target]:
    """Return the files that a call names, which can be written as far as can be told before.

    Args:
        outputs: Each as in `sarif=report.sarif`.
        page: The file of `--html`; None if there is none.

    Raises:
        WrongCallError: One is not written so, there is no such form, the form needs what is not
            installed, the folder cannot be written to, or two name one file.
    """
    found = [_target(one) for one in outputs]
    if page:
        found.append(Target("html", page))
    for one in found:
        ready(one.form)
        if one.file:
            check_folder(one.what, one.file)
    files = [one.file.absolute() for one in found if one.file]
    for file in files:
        if files.count(file) > 1:
            raise WrongCallError(f"two reports would be written into {file}")
    return found


def check_folder(what: str, file: Path) -> None:
    """Raise WrongCallError if a file's folder is none, or cannot be written to."""
    folder = file.absolute().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongCallError(f"cannot write {what}: {folder} is no folder to write into")


def ready(form: str) -> Reporter:
    """Return the module of a form; raises WrongCallError if what it needs is not installed."""
    try:
        return reporter(form)
    except ImportError:
        raise WrongCallError(
            "a report as text needs rich: pip install 'rich>=13'. Without it there is --format json"
        ) from None


def write(report: AnyReport, target: Target) -> None:
    """Write a report in one step: nobody sees half of it, or reads what is for its owner.

    Raises:
        WrongCallError: The file cannot be written.
    """
    form, file = ready(target.form), target.file
    if file is None:
        form.write(report, sys.stdout)
        return
    try:
        # It has the mode 0600.
        descriptor, part = tempfile.mkstemp(".part", f".{file.name}.", file.absolute().parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as stream:
                form.write(report, stream)
            os.replace(part, file)
        except BaseException:
            os.unlink(part)
            raise
    except OSError as error:
        raise WrongCallError(f"cannot write {target.what}: {error}") from None


def _target(output: str) -> Target:
    form, equals, file = output.partition("=")
    if not equals or not file:
        raise WrongCallError(f"--output {output}: it is written FORMAT=FILE, as in html=page.html")
    if form not in forms():
        raise WrongCallError(
            f"--output {output}: there is no format {form!r}{nearest(form, forms()) or '.'} "
            f"Formats: {', '.join(forms())}"
        )
    return Target(form, None if file == _STANDARD_OUTPUT else Path(file))
