"""The function's source: its modules, and who imports what from them."""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from .assignments import assigned, line_of, statements
from .fix import Addition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .fix import Hook


class Source:
    """The function's own modules.

    Args:
        folder: The function's folder, absolute.
        files: The files of its modules, by name, where they are known.
    """

    def __init__(self, folder: str, files: Mapping[str, str] | None = None) -> None:
        self._folder = Path(folder)
        self._files = files or {}
        self._modules: dict[str, ast.Module | None] = {}

    def shown(self, location: str) -> str:
        """Return a file, or file and line, as short as it can be told."""
        folder = str(self._folder) + os.sep
        return location[len(folder) :] if location.startswith(folder) else location

    def own_lines(self, traceback: str) -> list[str]:
        """Return file and line of the calls of the function's own code, in their order."""
        places = re.findall(r'^  File "(.*)", line (\d+)', traceback, re.MULTILINE)
        shown = [(self.shown(file), file, line) for file, line in places]
        return [f"{short}:{line}" for short, file, line in shown if short != file]

    def split(self, path: str) -> tuple[str, str]:
        """Return a path's module and the rest, as in `app` and `settings.name`."""
        dots = [match.start() for match in re.finditer(r"[.\[({ ]", path)]
        names = list(takewhile(lambda dot: path[dot] == ".", dots))  # not the dots in keys
        for dot in reversed(names):
            if self.has(path[:dot]):
                return path[:dot], path[dot + 1 :]
        module, _, rest = path.partition(".")
        return module, rest

    def has(self, module: str) -> bool:
        """Tell whether the source of a module is known."""
        return self.tree(module) is not None

    def file(self, module: str) -> str:
        """Return a module's file, from the function's folder if it lies there."""
        if module in self._files:
            return self.shown(self._files[module])
        base = module.replace(".", os.sep)
        return next(
            (one for one in (f"{base}.py", os.path.join(base, "__init__.py")) if self._has(one)),
            f"{base}.py",
        )

    def writes(self, path: str, shown: str) -> bool:
        """Tell whether a text stands in the module that a path begins with: a constant."""
        text = shown.rstrip(".").strip("'\"")
        return text in self._text(self.split(path)[0])

    def making(self, path: str) -> str:
        """Return the code that makes what the name that a path begins with stands for."""
        module, rest = self.split(path)
        tree = self.tree(module)
        name = re.match(r"\w*", rest)
        if tree is None or not name:
            return ""
        made = assigned(tree.body, name[0])
        decorators = [
            decorator
            for one in statements(tree.body)
            if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name == name[0]
            for decorator in one.decorator_list
        ]
        return "\n".join(map(ast.unparse, [*([made] if made else []), *decorators]))

    def line(self, module: str, name: str) -> int | None:
        """Return the line in which a module sets a name for the first time; None if in none."""
        tree = self.tree(module)
        return line_of(tree.body, name) if tree else None

    def text_of_line(self, file: str, line: int) -> str:
        """Return a line of a file, which may be told from the function's folder; "" if none."""
        lines = self._read(file).splitlines()
        return lines[line - 1] if 0 < line <= len(lines) else ""

    def addition(self, module: str, *hooks: Hook) -> Addition:
        """Return code for the end of a module."""
        return Addition(module, self.file(module), hooks)

    def importers(self, module: str, name: str) -> list[Importer] | None:
        """Return the modules that take a name from a module, also by way of others.

        None if it cannot be told what they call it.
        """
        found: list[Importer] = []
        pending = [(module, name)]
        while pending:
            place = pending.pop()
            for other, tree in self.modules(place[1], "import *"):
                for one in statements(tree.body):
                    if isinstance(one, ast.ImportFrom) and self.origin(other, one) == place[0]:
                        for alias in one.names:
                            if alias.name == "*":
                                return None
                            importer = _importer(other, one, alias)
                            if alias.name == place[1] and importer not in found:
                                found.append(importer)
                                pending.append((other, importer.name))
        return found

    def modules(self, *texts: str) -> Iterator[tuple[str, ast.Module]]:
        """Yield the names of the modules that have one of some texts in them, and their trees."""
        for module in self._files:
            text = self._text(module)
            tree = self.tree(module) if any(one in text for one in texts) else None
            if tree is not None:
                yield module, tree

    def called(self, module: str, other: str) -> set[str]:
        """Return what a module is called in another one that imports it."""
        found = set()
        tree = self.tree(other)
        for one in statements(tree.body) if tree else ():
            if isinstance(one, ast.Import):
                found |= {two.asname or two.name for two in one.names if two.name == module}
            elif isinstance(one, ast.ImportFrom):
                package = self.origin(other, one)
                found |= {
                    two.asname or two.name for two in one.names if f"{package}.{two.name}" == module
                }
        return found

    def origin(self, module: str, statement: ast.ImportFrom) -> str:
        """Return the full name of the module that a module imports from."""
        names = module.split(".")
        if os.path.basename(self.file(module)) == "__init__.py":
            names.append("")
        package = names[: -statement.level] if statement.level else []
        return ".".join([*package, *filter(None, [statement.module])])

    def _has(self, file: str) -> bool:
        return (self._folder / file).is_file()

    def tree(self, module: str) -> ast.Module | None:
        """Return a module's source, parsed; None if there is none."""
        if module not in self._modules:
            try:
                self._modules[module] = ast.parse((self._folder / self.file(module)).read_bytes())
            except (OSError, ValueError, SyntaxError):
                self._modules[module] = None
        return self._modules[module]

    def _text(self, module: str) -> str:
        return self._read(self.file(module))

    def _read(self, file: str) -> str:
        try:
            return (self._folder / file).read_text("utf-8", "replace")
        except OSError:
            return ""


@dataclass(frozen=True)
class Importer:
    """A module that has imported a name from another one.

    Attributes:
        module: The module's name.
        name: What it calls what it has imported.
        statement: The import, of this name only.
        line: Where it stands.
    """

    module: str
    name: str
    statement: str
    line: int


def _importer(module: str, statement: ast.ImportFrom, alias: ast.alias) -> Importer:
    alone = ast.ImportFrom(statement.module, [alias], statement.level)
    return Importer(module, alias.asname or alias.name, ast.unparse(alone), statement.lineno)
