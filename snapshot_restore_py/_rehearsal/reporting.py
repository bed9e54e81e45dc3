"""The command `snapshot-restore report`: one report of several."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .ignoring import settled
from .targets import WrongCallError, ready, targets, write
from .telling.masking import masked
from .telling.reading import UnreadableError, read
from .telling.report import Several

if TYPE_CHECKING:
    import argparse

    from .telling.report import AnyReport, Failure, Report


def run(options: argparse.Namespace) -> int:
    """Print the report of all files, and return the exit status.

    That is 1 if a finding is of a level that fails, and 3 if a function's init failed.

    Raises:
        WrongCallError: The call is wrong, or a file is no report.
    """
    files = targets(options.output)
    reporting = ready(options.format)
    found = settled([_told_anew(one, options) for file in options.file for one in _read(file)])
    report: AnyReport = found[0] if len(found) == 1 else Several(tuple(found))
    reporting.write(report, sys.stdout)
    for target in files:
        write(report, target)
    return report.status


def _read(file: str) -> tuple[Report | Failure, ...]:
    try:
        found = read(_json(file))
    except OSError as error:
        raise WrongCallError(f"cannot read {file}: {error}") from None
    except UnreadableError as error:
        raise WrongCallError(f"{file} is {error}") from None
    except (ValueError, RecursionError) as error:
        raise WrongCallError(f"{file} is not JSON: {error}") from None
    if not found:
        raise WrongCallError(f"{file} tells of no function")
    return found


def _json(file: str) -> Any:
    if file == "-":
        return json.load(sys.stdin)
    with open(file, encoding="utf-8") as stream:
        return json.load(stream)


def _told_anew(report: Report | Failure, options: argparse.Namespace) -> Report | Failure:
    """Return a report with what the options say otherwise."""
    told = report if options.show_values else masked(report)
    run = replace(
        told.run,
        fail_on=options.fail_on or told.run.fail_on,
        documentation=options.documentation or told.run.documentation,
    )
    return replace(told, run=run)
