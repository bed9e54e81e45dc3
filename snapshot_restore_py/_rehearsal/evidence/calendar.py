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
_PARTS = {
    "asctime",
    "ctime",
    "day",
    "days",
    "hour",
    "isocalendar",
    "isoformat",
    "isoweekday",
    "month",
}
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
        nodes = [node for tree in trees for node in ast.walk(tree)]
        if any(_reads_date(node) or _is_count(node) for node in nodes):
            functions = [node for node in nodes if isinstance(node, FUNCTIONS)]
            used = {name for one in functions for name in _used_in(one)}
            scopes = [*trees, *filter(_is_init, functions)]
            returning = {_name(one) for one in functions if _returns_part(one)}
            kept = [one for scope in scopes for one in _kept(own_nodes(scope), returning)]
            stored = [name for tree in trees for name in _stored_in(tree)]
            self._ends = (
                *(end for name, end in kept if name in used and stored.count(name) == 1),
                *(end for one in functions for end in _defaults(one)),
            )

    def parts(self, paths: Iterable[str]) -> list[str]:
        """Return those paths that lead to parts of the date, which functions use."""
        return [one for one in paths if one.endswith(self._ends)]


def _takes_part(node: ast.AST) -> bool:
    """Tell whether an expression takes a part of the date of today."""
    inside = list(ast.walk(node))
    if any(map(_is_count, inside)):
        return True
    return any(map(_reads_date, inside)) and any(
        last_name(one) in _PARTS
        or (isinstance(one, ast.FormattedValue) and one.format_spec)
        or (isinstance(one, ast.Compare) and any(map(_reads_date, (one.left, *one.comparators))))
        for one in inside
    )


def _reads_date(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node.func)
    return name in _READING or len(node.args) == _READING_WITHOUT.get(name, -1)


def _is_count(node: ast.AST) -> bool:
    """Tell whether it counts the minutes, days or the like since 1970."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, (ast.Div, ast.FloorDiv)):
        return False
    clock = node.left
    if isinstance(clock, ast.Call) and last_name(clock.func) == "int" and clock.args:
        clock = clock.args[0]
    return (
        isinstance(clock, ast.Call)
        and last_name(clock.func) == "time"
        and not clock.args
        and isinstance(node.right, ast.Constant)
    )


def _returns_part(function: AnyFunction) -> bool:
    """Tell whether a function returns a part of the date of today, or what one decides."""
    parts = {
        last_name(target)
        for node in own_nodes(function)
        for target in targets_of(node)
        if _takes_part(getattr(node, "value", None) or node)
    } - {""}

    def has_part(node: ast.AST) -> bool:
        return _takes_part(node) or any(last_name(one) in parts for one in ast.walk(node))

    nodes = [*own_nodes(function)]
    decided = [
        one
        for node in nodes
        if isinstance(node, ast.If) and has_part(node.test)
        for one in ast.walk(node)
    ]
    return any(
        isinstance(node, ast.Return) and node.value and (node in decided or has_part(node.value))
        for node in nodes
    )


def _is_init(function: AnyFunction) -> bool:
    return _name(function) == "__init__"


def _name(function: AnyFunction) -> str:
    return getattr(function, "name", "")


def _kept(nodes: Iterable[ast.AST], returning: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the names that parts of the date are assigned to, and the ends of their paths.

    Args:
        nodes: What may assign them.
        returning: The names of functions that return them.
    """
    for node in nodes:
        for target, value in _assigned(node):
            name = last_name(target)
            if name and (_takes_part(value) or _is_call(value, returning)):
                yield from ((name, f".{name}{end}") for end in _places_in(value))


def _assigned(statement: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what a statement assigns to, each with what it gets."""
    value: ast.expr | None = getattr(statement, "value", None)
    for target in targets_of(statement):
        if value is None:  # Only its type is told.
            continue
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            yield from zip(target.elts, value.elts)
        else:
            yield target, value


def _is_call(value: ast.expr, names: set[str]) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in names


def _places_in(value: ast.AST) -> Iterator[str]:
    """Yield where in what an expression makes the parts of the date are."""
    if isinstance(value, ast.Dict):
        for key, one in zip(value.keys, value.values):
            if isinstance(key, ast.Constant) and _takes_part(one):
                yield f"[{key.value!r}]"
    else:
        yield ""


def _stored_in(tree: ast.Module) -> Iterator[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    # A function's own variable, if it does not say otherwise, is another one of the same name.
    own = {id(one) for node in functions for one in ast.walk(node) if isinstance(one, ast.Name)}
    for node in ast.walk(tree):
        if id(node) not in own and isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
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
    name = _name(function)
    for parameter, value in with_defaults(function):
        if name and value and _takes_part(value):
            yield f".{name} (default of {parameter.arg})"
