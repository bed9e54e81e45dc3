"""Reads the events with which handlers are tried."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .targets import WrongCallError

if TYPE_CHECKING:
    from collections.abc import Sequence

_STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Event:
    """What a handler gets.

    Attributes:
        value: Any JSON value.
        name: What it is called where a function has several: its file, or its number.
    """

    value: Any
    name: str | None = None


class Events:
    """Events, each of which is read once: standard input is at its end then."""

    def __init__(self) -> None:
        self._read: dict[str, Any] = {}

    def of(self, given: Sequence[str]) -> list[Event]:
        """Return events as a call gives them: files, JSON, or `-`. An empty object if none is.

        Raises:
            WrongCallError: One cannot be read, or is not JSON.
        """
        sources = list(dict.fromkeys(given))
        if len(sources) <= 1:
            return [Event(self._value(sources[0]) if sources else {})]
        return [Event(self._value(one), _name(one, at)) for at, one in enumerate(sources, 1)]

    def _value(self, source: str) -> Any:
        if source not in self._read:
            self._read[source] = _json(source)
        return self._read[source]


def is_json(source: str) -> bool:
    """Tell whether an event stands in the call itself."""
    return source.lstrip().startswith(("{", "["))


def _name(source: str, number: int) -> str:
    if is_json(source):
        return f"event {number}"
    return "standard input" if source == _STANDARD_INPUT else source


def _json(source: str) -> Any:
    if is_json(source):
        try:
            return json.loads(source)
        except ValueError as error:
            raise WrongCallError(f"the event in the call is not JSON: {error}") from None
    try:
        if source == _STANDARD_INPUT:
            return json.load(sys.stdin)
        with open(source, encoding="utf-8") as stream:
            return json.load(stream)
    except OSError as error:
        raise WrongCallError(f"cannot read the event: {error}") from None
    except (ValueError, RecursionError) as error:
        where = "standard input" if source == _STANDARD_INPUT else source
        raise WrongCallError(f"the event in {where} is not JSON: {error}") from None
