"""Statements that make anew what a name of the function leads to, as its source makes it.

They are to stand in a function at the end of the module. Where it is not sure that they do what
they are to do, and nothing else, there are none.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .assignments import (
    assigned,
    at_import,
    can_stand_alone,
    gives,
    locals_of,
    names,
    pairs,
    reads,
    statements,
)
from .fix import Addition, hook
from .generators import draws_alike
from .secrets import repeats_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .source import Source

_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[([^\[\]]+)\]")
_MEMBER = re.compile(r"[{}\[\]]{2}.*")
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
# What puts a thing in the place of the one before it, not beside it.
_REPLACING = re.compile("^(set|update|put|bind|configure|add_header|contextualize)")


@dataclass(frozen=True)
class Renewal:
    """Statements for a function at the end of a module.

    Attributes:
        module: The module's name.
        what: What they make anew, as it is written.
        statements: A line each.
        line: Where the module has the first of what they repeat.
        rebound: The names that stand for another object then.
    """

    module: str
    what: str
    statements: tuple[str, ...]
    line: int
    rebound: tuple[str, ...] = ()

    def takes(self, name: str) -> bool:
        """Tell whether what they make is made from what a name stands for."""
        sources = (one.partition(" = ")[2] or one for one in self.statements)
        return any(re.search(rf"\b{name}\b", one) for one in sources)

    def additions(self, verb: str, source: Source) -> tuple[Addition, ...]:
        """Return hooks that run them, and let other modules that imported a name do so again.

        Args:
            verb: What the first one is called by, as in `renew`.
            source: The function's source.
        """
        first = hook("after_restore", verb, self.what, self.statements, self.line)
        found = [source.addition(self.module, first)]
        for name in self.rebound:
            for one in source.importers(self.module, name) or ():
                lines = (f"global {one.name}", one.statement)
                again = hook("after_restore", "reread", one.name, lines, one.line)
                found.append(source.addition(one.module, again))
        return tuple(found)


def renewal(path: str, source: Source) -> Renewal | None:
    """Return what makes anew what a path leads to."""
    module, rest = source.split(path)
    tree = source.tree(module)
    root = re.match(r"[A-Za-z_]\w*", rest)
    if tree is None or root is None:
        return None
    name = root[0]
    steps = list(_STEP.finditer(_MEMBER.sub("", rest)[len(name) :]))
    is_whole = "".join(step[0] for step in steps) == rest[len(name) :]
    if steps and is_whole:
        part = _part(tree, name, steps)
        if part is not None and _is_usable(part, module, source):
            line = _written(f"{rest} = ", part)
            return Renewal(module, rest, (line,), part.lineno) if line else None
    return made_anew(module, [name], source, is_value=rest == name)


def made_anew(
    module: str, wanted: Iterable[str], source: Source, *, is_value: bool = False
) -> Renewal | None:
    """Return what makes anew the objects that some names of a module stand for.

    Args:
        module: The module's name.
        wanted: The names.
        source: The function's source.
        is_value: Whether they stand for values that have no parts: what else holds one is told
            by itself.
    """
    tree = source.tree(module)
    found = [*dict.fromkeys(wanted)]
    if tree is None:
        return None
    repeated: list[tuple[int, ast.AST, str | None]] = []
    for name in found:
        made = assigned(tree.body, name)
        if made is None:
            return None
        repeated.append((made.lineno, made, _written(f"{name} = ", made)))
        if not is_value:
            for one in tree.body:
                if gives(one, name):
                    repeated.append((one.lineno, one, _written("", one)))
    if not all(line and _is_usable(code, module, source) for _, code, line in repeated):
        return None
    if any(source.importers(module, name) is None for name in found):
        return None
    if not is_value and _are_held(found, [code for _, code, _ in repeated], module, source):
        return None
    repeated.sort(key=lambda one: one[0])
    lines = [line for _, _, line in repeated if line]
    whole = (f"global {', '.join(found)}", *lines)
    return Renewal(module, found[-1], whole, repeated[0][0], tuple(found))


def _are_held(wanted: list[str], repeated: list[ast.AST], module: str, source: Source) -> bool:
    """Tell whether something that the import did may hold what the names stand for now."""
    own = {id(node) for one in repeated for node in ast.walk(one)}
    places = [(module, name) for name in wanted]
    for name in wanted:
        places += [(one.module, one.name) for one in source.importers(module, name) or ()]
    for place, name in places:
        tree = source.tree(place)
        for node in at_import(tree.body if tree else ()):
            if reads(node, name) and id(node) not in own:
                return True
    return any(
        isinstance(node, ast.Attribute) and ast.unparse(node) in read
        for other, tree in source.modules(*wanted)
        for read in [{f"{one}.{name}" for one in source.called(module, other) for name in wanted}]
        for node in at_import(tree.body)
    )


def ending(path: str, source: Source) -> Renewal | None:
    """Return what lets a deadline or an age be over, and empties what it guards."""
    module, rest = source.split(path)
    tree = source.tree(module)
    if tree is None:
        return None
    if rest.isidentifier():
        kept = _guarded(tree, rest)
        emptied = [f"{name} = None" for name in kept]
        lines = (f"global {', '.join([*kept, rest])}", *emptied, f'{rest} = float("-inf")')
        return Renewal(module, rest, lines, 0)
    attribute = re.fullmatch(r"[A-Za-z_][\w.]*\.([A-Za-z_]\w*)", rest)
    is_set = attribute and any(
        isinstance(node, ast.Attribute)
        and node.attr == attribute[1]
        and isinstance(node.ctx, ast.Store)
        for node in ast.walk(tree)
    )
    is_item = re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*|\['[^'\\]*'\])*\['[^'\\]*'\]", rest)
    if is_set or is_item:
        return Renewal(module, rest, (f'{rest} = float("-inf")',), 0)
    return None


def variable(name: str, source: Source) -> Renewal | None:
    """Return what sets an environment variable anew, where one module of all sets it."""
    place = f"os.environ[{name!r}]"
    found = [
        Renewal(module, name, (f"{place} = {ast.unparse(value)}",), value.lineno)
        for module, tree in source.modules(name)
        for value in _values_of(place, name, tree)
        if _is_usable(value, module, source) and _written("", value)
    ]
    return found[0] if len(found) == 1 else None


def _values_of(place: str, name: str, tree: ast.Module) -> Iterator[ast.expr]:
    for node in at_import(tree.body):
        yield from (value for target, value in pairs(node) if ast.unparse(target) == place)
        if isinstance(node, ast.Call):
            called = [ast.unparse(one) for one in (node.func, *node.args[:1])]
            if called == ["os.environ.setdefault", repr(name)]:
                yield from node.args[1:2]


def refilling(path: str, source: Source) -> Renewal | None:
    """Return what gives anew what a name's object was given; it stays the same object.

    Where it was given nothing after it was made, it is made anew.
    """
    module, rest = source.split(path)
    tree = source.tree(module)
    name = rest.partition(".")[0]
    if tree is None or not name.isidentifier():
        return None
    given = [one for one in tree.body if gives(one, name)]
    if not given:
        return made_anew(module, [name], source)
    made_up = [one for one in given if _makes(one)]
    lines = [
        _written("", one) for one in made_up if _replaces(one) and _is_usable(one, module, source)
    ]
    whole = [line for line in lines if line]
    if not whole or len(whole) < len(made_up):
        return None
    return Renewal(module, name, tuple(whole), made_up[0].lineno)


def is_place(text: str, module: str, source: Source) -> bool:
    """Tell whether a text is an expression by which a module reaches an object of its own."""
    tree = source.tree(module)
    try:
        code = ast.parse(text, mode="eval").body
    except SyntaxError:
        return False
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.expr_context)
    is_plain = all(isinstance(one, kinds) for one in ast.walk(code))
    return tree is not None and is_plain and can_stand_alone(code, tree)


def _is_usable(code: ast.AST, module: str, source: Source) -> bool:
    tree = source.tree(module)
    if tree is None or not can_stand_alone(code, tree) or repeats_secret(code):
        return False
    return not draws_alike(code, module, source)


def _written(start: str, code: ast.AST) -> str | None:
    """Return code in one line; None if it is not one, as a long text in quotes is not."""
    text = start + ast.unparse(code)
    return None if "\n" in text else text


def _part(tree: ast.Module, name: str, steps: list[re.Match[str]]) -> ast.expr | None:
    """Return the expression that makes a part of what a name stands for."""
    made = assigned(tree.body, name)
    attribute = steps[-1][1]
    if made is None:
        classes = [one for one in statements(tree.body) if isinstance(one, ast.ClassDef)]
        bodies = [one.body for one in classes if one.name == name and _is_plain(one)]
        if bodies and len(steps) == 1 and attribute:
            return assigned(bodies[0], attribute)
    part: ast.expr | None = made
    for step in steps if made else ():
        if isinstance(part, ast.Tuple):
            return None  # Its elements cannot be replaced.
        part = _inside(part, step)
    if part is None and attribute:
        # Of a bound method, say, the attributes are those of another object.
        is_object = isinstance(made, (ast.Call, ast.Dict, ast.List))
        part = _assigned_to_attribute(tree, attribute, "" if is_object else f"{name}.{attribute}")
    return part


def _is_plain(kind: ast.ClassDef) -> bool:
    """Tell whether an attribute of a class is what its body says, and can be set."""
    return not (kind.bases or kind.keywords or kind.decorator_list)


def _inside(whole: ast.expr | None, step: re.Match[str]) -> ast.expr | None:
    attribute, key = step[1], step[2]
    if attribute and isinstance(whole, ast.Call):
        if ast.unparse(whole.func).rpartition(".")[2] != "SimpleNamespace":
            return None  # It may be frozen.
        return next((one.value for one in whole.keywords if one.arg == attribute), None)
    if key and isinstance(whole, ast.Dict):
        keys = [one and ast.unparse(one) for one in whole.keys]
        return whole.values[keys.index(key)] if keys.count(key) == 1 else None
    if key and key.isdigit() and isinstance(whole, (ast.List, ast.Tuple)):
        elements = whole.elts[: int(key) + 1]
        is_known = len(elements) > int(key) and not any(
            isinstance(one, ast.Starred) for one in elements
        )
        return elements[-1] if is_known else None
    return None


def _assigned_to_attribute(tree: ast.Module, name: str, place: str) -> ast.expr | None:
    """Return the only expression that is assigned to an attribute, in methods as elsewhere.

    Args:
        tree: The module.
        name: The attribute's name.
        place: Where it must be assigned, as in `function.attribute`; empty for anywhere.
    """
    found = [
        value
        for node in ast.walk(tree)
        for target, value in pairs(node)
        if isinstance(target, ast.Attribute)
        and target.attr == name
        and place in ("", ast.unparse(target))
    ]
    functions = [one for one in ast.walk(tree) if isinstance(one, _Function)]
    around = [one for one in functions if any(part in found for part in ast.walk(one))]
    taken = {local for one in around for local in locals_of(one)}
    return found[0] if len(found) == 1 and not names(found[0]) & taken else None


def _guarded(tree: ast.Module, name: str) -> list[str]:
    """Return the module's variables that functions return or set where they compare a name."""
    found: set[str] = set()
    for function in ast.walk(tree):
        if isinstance(function, _Function):
            nodes = [*ast.walk(function)]
            if any(name in names(one) for one in nodes if isinstance(one, ast.Compare)):
                for one in nodes:
                    if isinstance(one, ast.Global):
                        found.update(one.names)
                    elif isinstance(one, ast.Return) and one.value:
                        found.update(_results(one.value))
    all_pairs = [pair for statement in statements(tree.body) for pair in pairs(statement)]
    variables = [target.id for target, _ in all_pairs if isinstance(target, ast.Name)]
    return [one for one in dict.fromkeys(variables) if one in found and one != name]


def _results(expression: ast.expr) -> Iterator[str]:
    """Yield the names that an expression may give, itself or in an `if`."""
    if isinstance(expression, ast.IfExp):
        yield from _results(expression.body)
        yield from _results(expression.orelse)
    elif isinstance(expression, ast.Name):
        yield expression.id


def _makes(statement: ast.stmt) -> bool:
    """Tell whether a statement calls something for what it gives."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return len(calls) > isinstance(statement, ast.Expr)


def _replaces(statement: ast.stmt) -> bool:
    """Tell whether a statement that runs again takes the place of what it did before."""
    if not isinstance(statement, ast.Expr):
        return True
    called = getattr(getattr(statement.value, "func", None), "attr", "")
    return bool(_REPLACING.match(called))
