"""Makes of what a template says of a function what a rehearsal of it needs on this machine."""

from __future__ import annotations

import os
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from snapshot_restore_py._application.function import Inline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from snapshot_restore_py._application.function import Function
    from snapshot_restore_py._rehearsal.driving.call import Call
    from snapshot_restore_py._rehearsal.telling.report import Run

_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
_TASK = "/var/task"


class NoCodeError(Exception):
    """The code of a function is not on this machine. The message is one line."""


@dataclass(frozen=True)
class Place:
    """Where a function runs on this machine.

    Attributes:
        folder: Its code.
        told: The folder from which its files are told.
        entries: What its layers add to `sys.path`.
    """

    folder: Path
    told: Path
    entries: tuple[Path, ...]


@dataclass(frozen=True)
class Order:
    """One rehearsal.

    Attributes:
        name: The function's name.
        call: What to rehearse.
        run: What the report tells of it.
        problem: Why it cannot be begun; empty if it can.
    """

    name: str
    call: Call
    run: Run
    problem: str = ""


def placed(function: Function, folder: Path) -> Place:
    """Return where a function runs, with its code unpacked or written if need be.

    Args:
        function: As the template has it.
        folder: Where that may be done; it is empty.

    Raises:
        NoCodeError: Its code is not on this machine.
    """
    code, told = function.code, function.source and function.source.resolve()
    if code is None:
        raise NoCodeError("its code is not on this machine: the template says where it is uploaded")
    if isinstance(code, Inline):
        (folder / "code").mkdir()
        (folder / "code" / "index.py").write_text(code.text, encoding="utf-8")
        # Nobody has it as a file.
        code, told = folder / "code", Path(function.name)
    elif code.is_file():
        code = _unpacked(code, folder / "code")
    elif not code.is_dir():
        raise NoCodeError(f"its code is not there: {code}")
    entries = []
    for number, layer in enumerate(function.layers):
        content = _unpacked(layer, folder / f"layer{number}") if layer.is_file() else layer
        entries += list(_entries(content.resolve()))
    return Place(code.resolve(), told or code.resolve(), tuple(entries))


def variables(function: Function, place: Place, given: dict[str, str]) -> dict[str, str]:
    """Return the variables that a function has in Lambda, and those of the call.

    Args:
        function: As the template has it.
        place: Where it runs.
        given: The call's, which count more.
    """
    own = {
        "AWS_LAMBDA_FUNCTION_NAME": function.name.rpartition("/")[2],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_DEFAULT_REGION": function.region,
        "AWS_REGION": function.region,
        **function.variables,
        **given,
    }
    folders = [
        str(place.folder) + one[len(_TASK) :] if f"{one}/".startswith(f"{_TASK}/") else one
        for one in own.get("PYTHONPATH", "").split(os.pathsep)
    ]
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [*map(str, place.entries), *folders, *inherited]
    return {**own, "PYTHONPATH": os.pathsep.join(dict.fromkeys(one for one in path if one))}


def placeholders(function: Function, given: Iterable[str]) -> dict[str, str]:
    """Return what the placeholders stand for that a function's variables still hold."""
    return {
        name: " and ".join(lacking)
        for name, lacking in function.placeholders.items()
        if name not in given
    }


def other_versions(functions: Iterable[Function]) -> Iterator[str]:
    """Yield what is said of functions that have another version of Python in Lambda."""
    found: dict[str, list[str]] = {}
    for one in functions:
        if one.runtime != _VERSION:
            found.setdefault(one.runtime, []).append(one.name)
    for runtime, names in found.items():
        yield f"rehearsed with {_VERSION}, though their runtime is {runtime}: {', '.join(names)}"


def as_json(order: Order) -> dict[str, Any]:
    """Return what the process of a rehearsal gets."""
    call = {**vars(order.call), "machine": vars(order.call.machine)}
    return {"call": call, "run": vars(order.run)}


def _unpacked(archive: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(archive) as file:
            file.extractall(folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise NoCodeError(f"{archive} cannot be unpacked: {error}") from None
    return folder


def _entries(layer: Path) -> Iterator[Path]:
    """Yield the folders that Lambda has on `sys.path` for a layer."""
    inside = layer / "python"
    if inside.is_dir():
        libraries = inside / "lib" / _VERSION / "site-packages"
        yield from (one for one in (libraries, inside) if one.is_dir())
    else:
        yield layer  # what `sam build` has not packed yet
