"""What is accepted because it was found already when somebody wrote it into a file.

The file has an object for each function, with the findings that are accepted there. Functions are
told by their folder, from the file's, and their handler; findings by their id.
"""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.targets import WrongCallError, check_folder
from snapshot_restore_py._rehearsal.telling.plain_json import dumps

from . import Rule

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import Report

_VERSION = 1


class Baseline:
    """A baseline's file, for one function.

    Args:
        file: The file.
        handler: The function's handler.
        folder: The function's folder, absolute.
        is_made: Whether the file is going to be written, so that there may be none yet.

    Raises:
        WrongCallError: The file cannot be read, or is no baseline.
    """

    def __init__(self, file: Path, handler: str, folder: str, *, is_made: bool) -> None:
        self._file = file
        parent = os.path.realpath(file.absolute().parent)
        self._key = (Path(os.path.relpath(folder, parent)).as_posix(), handler)
        if is_made:
            check_folder("the baseline", file)
        self._functions = _read(file, is_made=is_made)

    def rules(self) -> list[Rule]:
        """Return what the file accepts of the function."""
        return [self._rule(one) for one in self._functions.get(self._key, ())]

    def write(self, report: Report, *, besides: bool = False) -> None:
        """Write the file anew: with the findings of a report, and other functions as they were.

        Args:
            report: What is accepted.
            besides: Whether what the file accepts of the function already stays.

        Raises:
            WrongCallError: The file cannot be written.
        """
        found = [{"id": one.id, "code": one.code, "where": one.location} for one in report.findings]
        if besides:
            ids = {one["id"] for one in found}
            found += [one for one in self._functions.get(self._key, ()) if one["id"] not in ids]
        self._functions[self._key] = sorted(found, key=lambda one: (one["code"], one["id"]))
        functions = [
            {"path": path, "handler": handler, "findings": findings}
            for (path, handler), findings in sorted(self._functions.items())
            if findings
        ]
        text = dumps({"baseline_version": _VERSION, "functions": functions})
        try:
            self._file.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise WrongCallError(f"cannot write the baseline: {error}") from None

    def _rule(self, entry: dict[str, str]) -> Rule:
        return Rule(
            entry["code"],
            "baseline",
            f"{self._file}: {entry['id']}",
            "it was there when the baseline was written",
            partial(_has_id, expected=entry["id"]),
            f"{self._file} accepts {entry['code']} at {entry['where']}, which was not found: "
            "--write-baseline takes it out",
        )


def _has_id(finding: Finding, *, expected: str) -> bool:
    return finding.id == expected


def _read(file: Path, *, is_made: bool) -> dict[tuple[str, str], list[dict[str, str]]]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if is_made:
            return {}
        raise WrongCallError(
            f"cannot read the baseline: {error}. --write-baseline makes it"
        ) from None
    except OSError as error:
        raise WrongCallError(f"cannot read the baseline: {error}") from None
    except (ValueError, RecursionError) as error:
        raise WrongCallError(f"the baseline {file} is not JSON: {error}") from None
    try:
        return _functions(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise WrongCallError(
            f"{file} is no baseline that this version reads: remove it, and --write-baseline "
            "makes it anew"
        ) from None


def _functions(value: Any) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Return the functions of a baseline's JSON; raises what comes of another one."""
    if value["baseline_version"] != _VERSION:
        raise ValueError
    return {
        (str(one["path"]), str(one["handler"])): [
            {name: str(finding[name]) for name in ("id", "code", "where")}
            for finding in one["findings"]
        ]
        for one in value["functions"]
    }
