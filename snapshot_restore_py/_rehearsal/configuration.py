"""What `[tool.snapshot-restore]` in `pyproject.toml` says: options, and what is accepted.

Its keys are the options' names without dashes before them, so that a new option is a new key.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .ignoring import Rule, unknown
from .targets import WrongCallError
from .telling.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .findings import Finding

_NAME = "pyproject.toml"
_TABLE = "tool.snapshot-restore"
# What a file has that may have the table, for where nothing is there that reads TOML.
_MENTION = re.compile(r"tool\s*\.\s*[\"']?snapshot-restore\b")
_FUNCTION, _IGNORE = "function", "ignore"
_ENTRY = ("code", "location", "reason")
# They say what to do in one call, or which file this is.
_NO_KEYS = {"help", "config", "write_baseline", _IGNORE}


@dataclass
class _Said:
    """What a file says of one function."""

    options: dict[str, Any] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)


def configured(
    options: argparse.Namespace, given: Mapping[str, Any], actions: Sequence[argparse.Action]
) -> argparse.Namespace:
    """Return options with what the configuration says where the command line says nothing.

    Args:
        options: All options of a rehearsal.
        given: Those of them that stand on the command line. They win; variables do one by one.
        actions: The options that there are.

    Returns:
        A new namespace. Its `rules` are what the configuration accepts of the handler; `of` returns
        such a namespace for a function of a template, from the names that it has.

    Raises:
        WrongCallError: The configuration cannot be read, or something in it is not right.
    """
    file = options.config or _nearest(_start(options))
    table = _table(file, is_asked_for=bool(options.config)) if file else None

    def of(names: Sequence[str]) -> argparse.Namespace:
        said = _Reader(file, actions).read(table, names) if file else _Said()
        chosen = {**said.options, **given}
        # A file that is given stands for all variables of the configuration.
        inherited = [] if "env_file" in given else said.options.get("env", [])
        chosen["env"] = [*inherited, *given.get("env", [])]
        return argparse.Namespace(**{**vars(options), **chosen, "rules": said.rules, "of": of})

    return of(() if options.template else options.handler[:1])


def _start(options: argparse.Namespace) -> Path:
    """Return the folder from which the configuration is looked for."""
    if not options.template:
        found: Path = options.path
        return found
    template: Path = options.template
    return template if template.is_dir() else template.parent


def _nearest(folder: Path) -> Path | None:
    """Return the nearest file upwards from a folder that has the table."""
    start = folder.resolve()
    files = (one / _NAME for one in (start, *start.parents))
    return next((one for one in files if one.is_file() and _table(one)), None)


def _table(file: Path, *, is_asked_for: bool = False) -> Any:
    """Return the table of a file; None if it has none, and was not asked for."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCallError(f"cannot read the configuration {file}: {error}") from None
    table = None
    if "snapshot-restore" in text and (loads := _toml(file, text)):
        try:
            tool = loads(text).get("tool")
        except ValueError as error:
            raise WrongCallError(f"{file} is not TOML: {error}") from None
        table = tool.get("snapshot-restore") if isinstance(tool, dict) else None
    if is_asked_for and table is None:
        raise WrongCallError(f"{file} has no table [{_TABLE}]")
    return table


def _toml(file: Path, text: str) -> Any:
    """Return what reads TOML; None if it is not there and the file seems not to need it."""
    if sys.version_info >= (3, 11):
        from tomllib import loads
    else:
        try:
            from tomli import loads
        except ImportError:
            if not _MENTION.search(text):
                return None
            raise WrongCallError(
                f"the configuration in {file} needs tomli before Python 3.11: pip install tomli"
            ) from None
    return loads


class _Reader:
    """Reads the table of a file, and says at which key something is not right."""

    def __init__(self, file: Path, actions: Sequence[argparse.Action]) -> None:
        self._file = file
        self._folder = file.absolute().parent
        self._keys = {
            name[2:]: action
            for action in actions
            if action.dest not in _NO_KEYS
            for name in action.option_strings
            if name.startswith("--")
        }

    def read(self, table: Any, names: Sequence[str]) -> _Said:
        """Return what holds for a function with one of the names; all tables are looked at."""
        whole = self._table(_TABLE, table)
        said = self._read(_TABLE, whole, [*self._keys, _FUNCTION, _IGNORE])
        functions = self._table(f"{_TABLE}.{_FUNCTION}", whole.get(_FUNCTION, {}))
        for name, one in functions.items():
            place = f'{_TABLE}.{_FUNCTION}."{name}"'
            found = self._read(place, self._table(place, one), [*self._keys, _IGNORE])
            if name in names:
                env = [*said.options.get("env", []), *found.options.get("env", [])]
                said = _Said({**said.options, **found.options}, [*found.rules, *said.rules])
                if env:
                    said.options["env"] = env
        return said

    def _read(self, place: str, table: dict[str, Any], known: Sequence[str]) -> _Said:
        said = _Said()
        for key, value in table.items():
            if key not in known:
                right = nearest(key, known) or "."
                raise self._problem(
                    f"{place}.{key}", f"there is no such key{right} Keys: {', '.join(known)}"
                )
            if key == _IGNORE:
                said.rules += self._rules(f"{place}.{key}", value)
            elif key in self._keys:
                action = self._keys[key]
                said.options[action.dest] = self._value(f"{place}.{key}", action, value)
        return said

    def _table(self, place: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._problem(place, "it has to be a table")
        return value

    def _value(self, place: str, action: argparse.Action, value: Any) -> Any:
        """Return the value of an option as the command line would give it."""
        if action.nargs == 0:
            if not isinstance(value, bool):
                raise self._problem(place, f"it has to be true or false, not {value!r}")
            return action.const if value else not action.const
        if action.dest == "env":
            return [
                f"{name}={self._text(f'{place}.{name}', one)}"
                for name, one in self._table(place, value).items()
            ]
        if action.dest == "event" and isinstance(value, str):
            value = [value]  # Most often there is one.
        if isinstance(action.default, list) or isinstance(value, list):
            return [self._one(place, action, one) for one in self._list(place, action, value)]
        return self._one(place, action, value)

    def _list(self, place: str, action: argparse.Action, value: Any) -> list[Any]:
        if not isinstance(value, list) or not isinstance(action.default, list):
            what = "a list of texts" if isinstance(action.default, list) else "one value"
            raise self._problem(place, f"it has to be {what}, not {value!r}")
        return value

    def _one(self, place: str, action: argparse.Action, value: Any) -> Any:
        if action.type in (int, float):
            is_number = isinstance(value, (int, action.type)) and not isinstance(value, bool)
            if not is_number:
                what = "a whole number" if action.type is int else "a number"
                raise self._problem(place, f"it has to be {what}, not {value!r}")
            return value
        text = self._text(place, value)
        if action.choices and text not in action.choices:
            right = nearest(text, action.choices) or "."
            choices = ", ".join(action.choices)
            raise self._problem(place, f"there is no {text!r}{right} It is one of: {choices}")
        if action.type is Path:
            return self._folder / text
        if action.dest == "event":
            return text if text.startswith(("-", "{", "[")) else str(self._folder / text)
        if action.dest == "output":
            form, equals, file = text.partition("=")
            return text if file in ("", "-") else f"{form}{equals}{self._folder / file}"
        if action.type:
            convert: Any = action.type
            try:
                return convert(text)
            except argparse.ArgumentTypeError as error:
                raise self._problem(place, str(error)) from None
        return text

    def _text(self, place: str, value: Any) -> str:
        if not isinstance(value, str):
            raise self._problem(place, f"it has to be a text, not {value!r}")
        return value

    def _rules(self, place: str, value: Any) -> Iterator[Rule]:
        if not isinstance(value, list):
            raise self._problem(place, f"it has to be tables: [[{place}]]")
        for number, one in enumerate(value, 1):
            yield self._rule(f"{place}, number {number}", one)

    def _rule(self, place: str, value: Any) -> Rule:
        entry = self._table(place, value)
        for key in entry:
            if key not in _ENTRY:
                right = nearest(key, _ENTRY) or "."
                raise self._problem(
                    f"{place}, {key}", f"there is no such key{right} Keys: {', '.join(_ENTRY)}"
                )
        for key in _ENTRY:
            if not self._text(f"{place}, {key}", entry.get(key, "")).strip():
                raise self._problem(place, f"it needs a {key}")
        code, location = entry["code"], entry["location"]
        problem = unknown(code)
        if problem:
            raise self._problem(f"{place}, code", problem)
        where = f"{self._file.name}: {place}"
        missed = f"{where} ignores {code} at {location}, which was not found: remove the entry"
        matches = partial(_is_at, pattern=_pattern(location))
        return Rule(code, "configuration", where, entry["reason"].strip(), matches, missed)

    def _problem(self, place: str, problem: str) -> WrongCallError:
        return WrongCallError(f"{self._file}: {place}: {problem}")


def _pattern(location: str) -> re.Pattern[str]:
    """Return what a location is held against; only a star means something in it."""
    return re.compile(".*".join(map(re.escape, location.split("*"))), re.DOTALL)


def _is_at(finding: Finding, *, pattern: re.Pattern[str]) -> bool:
    file = finding.file or ""
    places = [finding.location, finding.location.partition(" (")[0]]
    return any(map(pattern.fullmatch, [*places, file, f"{file}:{finding.line}"]))
