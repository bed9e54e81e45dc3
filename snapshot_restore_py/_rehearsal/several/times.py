"""How long functions took in rehearsals of before, as their reports tell."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.targets import WrongCallError
from snapshot_restore_py._rehearsal.telling.reading import UnreadableError, read
from snapshot_restore_py._rehearsal.telling.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from snapshot_restore_py._rehearsal.targets import Target


def known_times(files: Iterable[Path]) -> dict[str, float]:
    """Return the seconds that each function took, by its name, and what each of its events took.

    Args:
        files: Reports as JSON; of two that tell of a function the last one counts.

    Raises:
        WrongCallError: One cannot be read, or is no report.
    """
    found: dict[str, float] = {}
    for file in files:
        try:
            found.update(_told(file))
        except OSError as error:
            raise WrongCallError(f"cannot read the times: {error}") from None
        except UnreadableError as error:
            raise WrongCallError(f"{file} is {error}") from None
        except (ValueError, RecursionError) as error:
            raise WrongCallError(f"{file} is not JSON: {error}") from None
    return found


def earlier_times(outputs: Iterable[Target]) -> dict[str, float]:
    """Return the same of reports that are going to be written anew, as far as they are there."""
    found: dict[str, float] = {}
    for one in outputs:
        if one.form == "json" and one.file:
            with contextlib.suppress(WrongCallError):
                found.update(known_times([one.file]))
    return found


def _told(file: Path) -> dict[str, float]:
    """Return what one report tells; a function with several events took as long as all of them.

    What it took with one of them stands under the name of that rehearsal.
    """
    with open(file, encoding="utf-8") as stream:
        reports = read(json.load(stream))
    found: dict[str, float] = {}
    for one in reports:
        if isinstance(one, Report) and one.seconds is not None:
            for name in {one.run.function or one.handler, one.name}:
                found[name] = found.get(name, 0) + one.seconds
    return found
