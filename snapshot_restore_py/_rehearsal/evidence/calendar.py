"""Which values are parts of the date that the init ran on, as its year, told by the source.

Both inits run on the same day, so what they have alike does not tell that it comes from a clock.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .flow import TELLING
from .wall_clock import FUNCTIONS, last_name, own_nodes, targets_of, with_defaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .flow import Flow
    from .wall_clock import AnyFunction

_READING = {"now", "today", "utcnow"}
# These read the clock where no time is given to them, after so many arguments.
_READING_WITHOUT = {"asctime": 0, "ctime": 0, "gmtime": 0, "localtime": 0, "strftime": 1}
_PARTS = {"asctime", "ctime", "day", "hour", "isocalendar", "isoformat", "isoweekday", "month"}
_PARTS |= {"relativedelta", "strftime", "timedelta", "timetuple", "toordinal", "weekday", "year"}
_PARTS |= {f"tm_{one}" for one in ("hour", "mday", "mon", "wday", "yday", "year")}


class Calendar:
    """Finds what holds parts of the date of the init, and is never set again.

    Args:
        flow: The function's modules.
    """

    def __init__(self, flow: Flow) -> None:
        trees = [tree for _, tree in flow.trees()]
        self._ends: tuple[str, ...] = ()
        if any(_reads_date(node) for tree in trees for node in ast.walk(tree)):
            functions = [
                node for tree in trees for node in ast.walk(tree) if isinstance(node, FUNCTIONS)
            ]
            used = {name for one in functions for name in _used_in(one)}
            kept = [one for tree in trees for one in _kept(own_nodes(tree))]
            kept += [one for init in filter(_is_init, functions) for one in _kept(own_nodes(init))]
            stored = [name for tree in trees for name in _stored_in(tree)]
            self._ends = (
                *(end for name, end in kept if name in used and stored.count(name) == 1),
                *(end for one in functions for end in _defaults(one)),
            )

    def parts(self, paths: Iterable[str]) -> list[str]:
        """Return those paths that lead to parts of the date, which functions use."""
        return [one for one in paths if one.endswith(self._ends)]


def _takes_part(node: ast.expr) -> bool:
    """Tell whether an expression takes a part of the date of today."""
    inside = list(ast.walk(node))
    return any(map(_reads_date, inside)) and any(
        last_name(one) in _PARTS or (isinstance(one, ast.FormattedValue) and one.format_spec)
        for one in inside
    )


def _reads_date(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node.func)
    return name in _READING or len(node.args) == _READING_WITHOUT.get(name, -1)


def _is_init(function: AnyFunction) -> bool:
    return getattr(function, "name", "") == "__init__"


def _kept(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield the names that parts of the date are assigned to, and the ends of their paths."""
    for node in nodes:
        value = getattr(node, "value", None)
        if value and targets_of(node) and _takes_part(value):
            for name in filter(None, map(last_name, targets_of(node))):
                yield from ((name, f".{name}{end}") for end in _places_in(value))


def _places_in(value: ast.AST) -> Iterator[str]:
    """Yield where in what an expression makes the parts of the date are."""
    if isinstance(value, ast.Dict):
        for key, one in zip(value.keys, value.values):
            if isinstance(key, ast.Constant) and _takes_part(one):
                yield f"[{key.value!r}]"
    else:
        yield ""


def _stored_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            yield last_name(node.value if isinstance(node, ast.Subscript) else node)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            yield from node.names


def _used_in(function: AnyFunction) -> Iterator[str]:
    """Yield the names that a function takes something from, but to tell of it in a log."""
    pending: list[ast.AST] = [*ast.iter_child_nodes(function)]
    while pending:
        node = pending.pop()
        if not (isinstance(node, ast.Call) and last_name(node.func) in TELLING):
            pending += ast.iter_child_nodes(node)
            if isinstance(getattr(node, "ctx", None), ast.Load):
                yield last_name(node)


def _defaults(function: AnyFunction) -> Iterator[str]:
    """Yield the ends of the paths of defaults that are parts of the date."""
    name = getattr(function, "name", "")
    for parameter, value in with_defaults(function):
        if name and value and _takes_part(value):
            yield f".{name} (default of {parameter.arg})"
