"""Values of a function's process, in a form that two processes can compare."""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from typing import Any

_MOST_BITS = 4096  # of an int; Python refuses to write down much larger ones
_LONG = 500  # characters
_SHOWN = 60  # characters of a value
_SECRET = re.compile("secret|token|passw|credential|key", re.IGNORECASE)
_ADDRESS = re.compile("0x[0-9a-fA-F]{6,}")
_SMALLEST_ADDRESS = 1 << 32
_TEMPORARY = os.environ.get("TMPDIR", "").rstrip("/") or "/tmp"
_TEMPORARY_PATH = re.compile(re.escape(_TEMPORARY) + r"/[\w.+\-/]+")
_CLOCKS = ("time", "monotonic", "perf_counter")


def read_clocks() -> dict[str, float]:
    """Return what the clocks show, in seconds."""
    return {name: getattr(time, name)() for name in _CLOCKS}


class Value:
    """A value that two processes can compare.

    Attributes:
        kind: "number", "time" for dates and the like, "text" for all others.
        digest: Equal for equal values in processes that share one hash seed; free of the
            process's id, of addresses, and of temporary files' names.
        shown: What a person sees of it.
        number: The number itself, None for other kinds.
        group: The collection that has it as a member, empty for other values. Which members
            a set or the keys of a dict have differs, not what stands at a place.
    """

    __slots__ = ("digest", "group", "kind", "number", "shown")

    def __init__(
        self, kind: str, digest: str, shown: str, number: float | None = None, group: str = ""
    ) -> None:
        self.kind = kind
        self.digest = digest
        self.shown = shown
        self.number = number
        self.group = group

    def as_json(self) -> list[Any]:
        """Return the attributes in the order of the arguments."""
        return [self.kind, self.digest, self.shown, self.number, self.group]


class Normalizer:
    """Makes values comparable between processes: what the system gave is left out."""

    def __init__(self) -> None:
        self._pid = str(os.getpid())
        pids = [self._pid, *map(str, _thread_ids())]
        self._ids = re.compile(rf"(?<!\d)(?:{'|'.join(pids)})(?!\d)")
        self._addresses: set[int] | None = None

    def value(self, value: Any, path: str) -> Value | None:
        """Return what is comparable of a value; None if it is no simple one."""
        kind = type(value)
        if issubclass(kind, (str, bytes, bytearray)):
            return self._text(value, path)
        if issubclass(kind, (int, float, complex)) or type_name(kind) == "decimal.Decimal":
            return self._number(value)
        if type_name(kind) == "uuid.UUID":
            return self._text(str(value), path)
        if kind is time.struct_time or _is_date(kind):
            return Value("time", repr(value), _cut(str(value)))
        return None

    def _text(self, value: Any, path: str) -> Value:
        plain = value if isinstance(value, str) else bytes(value).decode("latin-1")
        plain = _TEMPORARY_PATH.sub(_hide_existing, plain) if _TEMPORARY in plain else plain
        plain = self._ids.sub("", _ADDRESS.sub("", plain))
        shown = repr(value if len(value) <= _LONG else value[:_LONG])
        if _SECRET.search(path):
            shown = f"{shown[:6]}... ({len(value)} long)"
        return Value("text", f"{len(plain)}:{hash(plain)}", _cut(shown))

    def _number(self, value: Any) -> Value:
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            return Value("number", str(hash(value)), f"an int of {value.bit_length()} bits")
        if issubclass(type(value), int) and (
            self._ids.fullmatch(str(int(value))) or self._is_address(value)
        ):
            return Value("number", "", repr(value))
        number = float(value) if isinstance(value, (int, float)) and abs(value) < 1e300 else None
        return Value("number", repr(value), _cut(repr(value)), number)

    def _is_address(self, value: int) -> bool:
        if value < _SMALLEST_ADDRESS:
            return False
        if self._addresses is None:
            self._addresses = set(map(id, gc.get_objects()))
        return value in self._addresses


def _hide_existing(match: re.Match[str]) -> str:
    # Each environment has a disk of its own, a copy of the snapshot's.
    return "" if os.path.exists(match[0]) else match[0]


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _is_date(kind: type) -> bool:
    datetime = sys.modules.get("datetime")
    return datetime is not None and issubclass(kind, datetime.date)


def _thread_ids() -> list[int]:
    ids = list(sys._current_frames())
    threading = sys.modules.get("threading")
    if threading is not None:
        ids += [one.native_id for one in threading.enumerate() if one.native_id]
    return ids


def type_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
