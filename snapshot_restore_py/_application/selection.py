"""Chooses functions of an application: by name, by what they are, and a share of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from .function import Function, TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ADAPTER = "AWS's Lambda Web Adapter starts a program there, and imports no handler"
_SHARD = re.compile(r"([1-9]\d*)/([1-9]\d*)")


@dataclass(frozen=True)
class Selection:
    """What is rehearsed of an application, and what is not.

    Attributes:
        functions: Those that are.
        notes: What is said of those that are not, each in one line.
    """

    functions: tuple[Function, ...]
    notes: tuple[str, ...] = ()


def selected(
    functions: Sequence[Function],
    names: Iterable[str],
    *,
    every: bool,
    shard: str | None = None,
    times: Mapping[str, float] | None = None,
) -> Selection:
    """Return the functions that are asked for.

    Args:
        functions: Those of the application.
        names: Names of functions; if there are any, only these are chosen, SnapStart or not.
        every: Whether functions without SnapStart are chosen too.
        shard: Which share of them, as in `2/5`; None for all.
        times: Seconds that functions took before, by name: shares are to take equally long.

    Raises:
        TemplateError: There is no such function, none is left, or the share is none.
    """
    wanted = [_named(name, functions) for name in names]
    notes = []
    if not wanted:
        images = [one.name for one in functions if one.is_image]
        if images:
            notes.append(f"not rehearsed, because SnapStart takes no images: {', '.join(images)}")
        unclear = [one for one in functions if one.runtime.startswith("placeholder-")]
        notes += [f"{one.name} is not rehearsed: its runtime is {one.runtime}" for one in unclear]
        pythons = [one for one in functions if one.is_python and not one.is_program]
        programs = [
            f"{one.name} ({one.handler})" for one in functions if one.is_python and one.is_program
        ]
        if programs:
            notes.append(f"not rehearsed, because {_ADAPTER}: {', '.join(programs)}")
        wanted = [one for one in pythons if every or one.has_snapstart]
        if not wanted:
            raise TemplateError(
                f"none of {len(pythons)} Python functions has SnapStart on; --all takes them too"
                if pythons
                else f"{', '.join(programs)} cannot be rehearsed: {_ADAPTER}"
                if programs
                else "there is no Python function in the template"
            )
    for one in wanted:
        if not one.is_python:
            what = "a container image" if one.is_image else f"of the runtime {one.runtime!r}"
            raise TemplateError(f"{one.name} cannot be rehearsed: it is {what}")
        if one.is_program:
            raise TemplateError(f"{one.name} ({one.handler}) cannot be rehearsed: {_ADAPTER}")
    chosen = [one for one in functions if one in wanted]
    return Selection(tuple(_share(chosen, shard, times or {})), tuple(notes))


def _share(
    functions: Sequence[Function], shard: str | None, times: Mapping[str, float]
) -> Iterable[Function]:
    """Return a share of functions: the same ones each time, and none in two shares.

    The longest first, each goes into the share that has the least to do until then. One whose time
    is not known is taken for an average one.
    """
    if shard is None:
        return functions
    found = _SHARD.fullmatch(shard)
    if not found or int(found[1]) > int(found[2]):
        raise TemplateError(f"--shard {shard}: it is written as 2/5, the second of five")
    number, count = int(found[1]), int(found[2])
    # Whole milliseconds add up to the same on each machine.
    known = {
        one.name: round(1000 * times[one.name]) for one in functions if times.get(one.name, 0) > 0
    }
    average = sum(known.values()) // len(known) if known else 1
    lasts = {one.name: known.get(one.name, average) for one in functions}
    shares: list[list[str]] = [[] for _ in range(count)]
    for name in sorted(lasts, key=lambda name: (-lasts[name], name)):
        least = min(shares, key=lambda share: (sum(lasts[one] for one in share), len(share)))
        least.append(name)
    return [one for one in functions if one.name in shares[number - 1]]


def _named(name: str, functions: Sequence[Function]) -> Function:
    """Return the function that a name is for."""
    found = [one for one in functions if one.name == name]
    found = found or [one for one in functions if name in one.aliases]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(one.name for one in found)
        raise TemplateError(f"{name} may be any of {several}: write the whole name")
    known = [one.name for one in functions]
    near = get_close_matches(name, known, 1)
    asked = f". Is it {near[0]}?" if near else "."
    raise TemplateError(
        f"there is no function {name!r} in the template{asked} "
        f"Functions: {', '.join(known) or 'there are none'}"
    )
