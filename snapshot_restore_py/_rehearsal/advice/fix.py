"""What to do about a finding: words, and code and commands that can be copied as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 50  # characters of a function's name
PACKAGE = "snapshot_restore_py"
REGISTERING = ("register_after_restore", "register_before_snapshot")


@dataclass(frozen=True)
class Hook:
    """A function for the end of a module, which is registered as a hook.

    Attributes:
        phase: `before_snapshot` or `after_restore`.
        name: The function's name.
        statements: What it does, a line each.
        line: Where the module does for the first time what the function repeats; 0 if not known.
    """

    phase: str
    name: str
    statements: tuple[str, ...]
    line: int = 0

    @property
    def registering(self) -> str:
        """The name of the decorator."""
        return f"register_{self.phase}"

    @property
    def text(self) -> str:
        """The code."""
        lines = [f"@{self.registering}", f"def {self.name}():"]
        return "\n".join([*lines, *(f"    {one}" for one in self.statements)])


@dataclass(frozen=True)
class Addition:
    """Code for the end of a file.

    Attributes:
        module: The module's name.
        file: Its file, from the function's folder if it lies there.
        hooks: What is added.
    """

    module: str
    file: str
    hooks: tuple[Hook, ...]

    @property
    def text(self) -> str:
        """The code with its import."""
        return "\n\n\n".join([importing(one.registering for one in self.hooks), *self.texts])

    @property
    def texts(self) -> list[str]:
        """The code of each function."""
        return [one.text for one in self.hooks]


@dataclass(frozen=True)
class Command:
    """A line for a shell."""

    text: str


Part = Union[str, Addition, Command]


@dataclass(frozen=True)
class Fix:
    """What to do about a finding: words, and what can be copied, in the order of reading."""

    parts: tuple[Part, ...]

    @property
    def additions(self) -> tuple[Addition, ...]:
        """The code in it."""
        return tuple(one for one in self.parts if isinstance(one, Addition))

    @property
    def text(self) -> str:
        """All of it."""
        return "\n\n".join(one if isinstance(one, str) else one.text for one in self.parts)


def in_words(*words: str) -> Fix:
    """Return a fix without code."""
    return Fix(words)


def in_code(words: str, *additions: Addition) -> Fix:
    """Return a fix that says in which file each piece of code is to stand.

    Args:
        words: What to do, without a full stop at the end.
        additions: The code.
    """
    hooks: dict[str, Addition] = {}
    for one in additions:
        known = hooks.get(one.file, replace(one, hooks=()))
        hooks[one.file] = replace(one, hooks=known.hooks + one.hooks)
    first, *others = hooks.values()
    parts: list[Part] = [f"{words}, at the end of {first.file}:", first]
    for one in others:
        parts += [f"And at the end of {one.file}:", one]
    return Fix(tuple(parts))


def hook(phase: str, verb: str, what: str, statements: tuple[str, ...], line: int = 0) -> Hook:
    """Return a hook that is named by what it does with what.

    Args:
        phase: `before_snapshot` or `after_restore`.
        verb: As in `renew`.
        what: An expression, as in `settings["id"]`.
        statements: What it does, a line each.
        line: Where the module does for the first time what the function repeats; 0 if not known.
    """
    words = re.findall(r"\w+", what)
    name = "_".join([verb, *words]).lower()[:_LONGEST]
    return Hook(phase, re.sub("__+", "_", name).rstrip("_"), statements, line)


def importing(names: Iterable[str]) -> str:
    """Return the line that imports the names of decorators."""
    return f"from {PACKAGE} import {', '.join(sorted(set(names)))}"
