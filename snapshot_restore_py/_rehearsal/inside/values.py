"""Values of a function's process, in a form that two processes can compare."""

from __future__ import annotations

import os
import re
import sys
import time
from datetime import date, datetime, time as midnight
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import objects, type_name
from snapshot_restore_py._rehearsal.inside.standard import written
from snapshot_restore_py._rehearsal.inside.times import times

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_BITS = 4096  # of an int; Python refuses to write down much larger ones
SHOWN = 60  # characters of a value
_SECRET = re.compile(
    "secret|token|passw|pwd|credential|key|auth|session|cookie|salt|private|dsn|bearer|signature"
    r"|(?<![a-z])pw(?![a-z])",
    re.IGNORECASE,
)
# Bearer and JSON Web Tokens, passwords in URLs, keys of AWS, GitHub, Slack and others, PEM.
_SECRET_FORM = re.compile(
    r"\bbearer |\beyJ[\w-]{8}|://[^/\s:@]*:[^/\s@]+@|\b(AKIA|ASIA)[A-Z0-9]{12}|-----BEGIN"
    r"|\b(gh[opsu]|github_pat)_|\bxox[abp]-|\bsk-\w",
    re.IGNORECASE,
)
_ENVIRONMENT = "os.environ["
_LONG = 1_000_000  # characters of a text in which only addresses are looked for
_ADDRESS = re.compile("0x[0-9a-fA-F]{6,}")
# Of a pointer, as `f"{id(self):x}"` writes it, too.
_LONG_NUMBER = re.compile(r"[0-9]{10}|\b[0-9a-f]{12}\b")
_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-f]{12}\b|[0-9]+")
# What gzip has compressed says when: https://datatracker.ietf.org/doc/html/rfc1952#page-5
_GZIP = re.compile(r"\A(\x1f\x8b\x08.).{4}|\A(H4sI.).{6}", re.DOTALL)
# How long something took, as logs tell it.
MEASURED = re.compile(r"\d+\.\d+(?:e-?\d+)?|\d+(?= ?(?:[mnuµ]?s|sec|seconds)\b)")
_SMALLEST_ADDRESS = 1 << 32
_MOST_DIGITS = 20  # of an address
_BLOCK = 20  # bits of an address: memory is taken in blocks of about this size
_DESCRIPTOR = re.compile(r"(^|[\W_])(fd|fileno|descriptor)s?(\W|$)", re.IGNORECASE)
_CLOCKS = ("time", "monotonic", "perf_counter")
# Points in time of libraries, whose texts tell them.
_POINTS_IN_TIME = {
    "arrow.arrow.Arrow",
    "numpy.datetime64",
    "whenever.Instant",
    "whenever.OffsetDateTime",
    "whenever.ZonedDateTime",
}
_INTEGERS_OF_NUMPY = {f"numpy.{sign}int{bits}" for sign in ("", "u") for bits in (32, 64)}


def read_clocks() -> dict[str, float]:
    """Return what the clocks show, in seconds."""
    return {name: getattr(time, name)() for name in _CLOCKS}


class Value:
    """A value that two processes can compare.

    Attributes:
        kind: "number", "time" for dates and the like, "text" for all others.
        digest: Equal for equal values in processes that share one hash seed.
        bare: The same for the value without what the system gave to it: ids of
            processes and threads, ports, addresses of objects, names of temporary files.
        shown: What a person sees of it.
        number: The number itself; the seconds since 1970 for a time, and for the first one in
            a text; None if not known.
        group: The collection that has it as a member, empty for other values. Which members
            a set or the keys of a dict have differs, not what stands at a place.
        library: Whether an object of a library holds it.
        timeless: Of a text with times in it: equal for those that differ only in their times.
    """

    __slots__ = (
        "bare",
        "digest",
        "group",
        "kind",
        "library",
        "number",
        "shown",
        "timeless",
    )

    def __init__(
        self, kind: str, digest: str, bare: str, shown: str, number: float | None = None
    ) -> None:
        self.kind = kind
        self.digest = digest
        self.bare = bare
        self.shown = shown
        self.number = number
        self.group = self.timeless = ""
        self.library = False

    def as_json(self) -> list[Any]:
        """Return the attributes as `findings.Value` takes them."""
        facts = [self.kind, self.digest, self.bare, self.shown, self.number]
        return [*facts, self.group, self.library, self.timeless]


class Normalizer:
    """Makes values comparable between processes.

    Args:
        of_copies: Whether they are compared between copies of one process only: what the
            system gave is the same in all of these, so `bare` may be as `digest` is.
        given: Numbers that the system gave to the process whose values they are.
    """

    def __init__(self, *, of_copies: bool = False, given: Iterable[int] = ()) -> None:
        self._of_copies = of_copies
        self._given = set(given)
        self._marks = ("0x", *map(str, self._given))
        self._blocks: set[int] | None = None
        self._temporary = _temporary_path()

    def value(self, value: Any, path: str) -> Value | None:
        """Return what is comparable of a value; None if it is no simple one."""
        kind = type(value)
        # Of derived classes, whose own methods may do anything, the plain value is taken.
        if issubclass(kind, str):
            return self._text(str.__str__(value), "", path)
        if issubclass(kind, (bytes, bytearray)):
            return self._text(memoryview(value).tobytes().decode("latin-1"), "b", path)
        if kind is bool:
            return _number(repr(value), "", path, float(value))
        if issubclass(kind, int):
            return self._int(int.__add__(value, 0), path)
        if issubclass(kind, float):
            plain = float.__add__(value, 0.0)
            return _number(repr(plain), "", path, plain if abs(plain) < 1e300 else None)
        if issubclass(kind, complex):
            return _number(repr(complex.__add__(value, 0)), "", path)
        name = type_name(kind)
        if name in _INTEGERS_OF_NUMPY:
            return self._int(int(value), path)
        if name == "decimal.Decimal":
            return _number(str(value), "", path)
        if name == "uuid.UUID":
            return self._text(str(value), "", path)
        if name in _POINTS_IN_TIME:
            text = str(value)
            found = times(text)
            return Value("time", text, text, text, found and found.seconds)
        text_or_bytes = written(value, name)
        if type(text_or_bytes) is str:
            return self._lines(text_or_bytes, path)
        if text_or_bytes is not None:
            return self.value(text_or_bytes, path)
        return _time(value)

    def digests(self, value: Any) -> tuple[object, object] | None:
        """Return what is equal for equal values, and the same without what the system gave.

        None if it is no simple value. As `value` does, but quicker, for many of them.
        """
        if type(value) is str:
            return value, self.bare(value)
        if type(value) is int:
            return value, None if self._is_given(value) else value
        found = self.value(value, "")
        return (found.digest, found.bare) if found else None

    def _text(self, plain: str, prefix: str, path: str) -> Value:
        whole = digest(plain)
        bare = self.bare(plain)
        bare_digest = whole if bare is plain else digest(bare)
        shown = _shown(prefix + repr(plain[: SHOWN + 1]), len(plain), path)
        found = None if prefix else times(plain)
        if found is None:
            return Value("text", whole, bare_digest, shown)
        if not any(map(str.isalnum, found.rest)):
            return Value("time", whole, bare_digest, shown, found.seconds)
        value = Value("text", whole, bare_digest, shown, found.seconds)
        value.timeless = digest(self.bare(found.rest))
        return value

    def _lines(self, plain: str, path: str) -> Value:
        """Return what is comparable of what was written, as of a log: no times in its lines."""
        lines = (found.rest if (found := times(line)) else line for line in plain.splitlines())
        bare = self.bare(MEASURED.sub("", "\n".join(lines)))
        shown = _shown(repr(plain[: SHOWN + 1]), len(plain), path)
        return Value("text", digest(plain), digest(bare), shown)

    def bare(self, text: str) -> str:
        """Return a text without what the system gave; the same object if there is nothing."""
        if self._of_copies:
            return text
        bare = _GZIP.sub(r"\1\2", text)
        for folder in self._temporary:
            if folder in bare:
                bare = re.sub(re.escape(folder) + r"/[\w.+\-/]+", _hide_existing, bare)
        if len(bare) > _LONG:  # Python takes seconds to look at each of its numbers.
            bare = _ADDRESS.sub(self._hide_given, bare)
        elif self._may_have_given(bare):
            bare = _NUMBERS.sub(self._hide_given, bare)
        return text if bare == text else bare

    def _may_have_given(self, text: str) -> bool:
        # One expression for all of it takes three times as long.
        for mark in self._marks:
            if mark in text:
                return True
        return _LONG_NUMBER.search(text) is not None

    def _hide_given(self, match: re.Match[str]) -> str:
        digits = match[0]
        if not digits.isdecimal():
            is_given = self._is_address(int(digits, 16))
        else:
            is_given = len(digits) < _MOST_DIGITS and self._is_given(int(digits))
        return "" if is_given else digits

    def _int(self, plain: int, path: str) -> Value:
        if plain.bit_length() > _MOST_BITS:
            size = f"an int of {plain.bit_length()} bits"
            return Value("number", str(hash(plain)), str(hash(plain)), size)
        digits = str(plain)
        is_given = self._is_given(plain) or bool(_DESCRIPTOR.search(path))
        number = float(plain) if abs(plain) < 1e300 else None
        return _number(digits, "given" if is_given else "", path, number)

    def _is_given(self, number: int) -> bool:
        return number in self._given or self._is_address(number)

    def _is_address(self, number: int) -> bool:
        if number < _SMALLEST_ADDRESS:
            return False
        if self._blocks is None:
            self._blocks = {id(one) >> _BLOCK for one in objects()}
        # The hash of an object is its address, without the last four bits.
        return number >> _BLOCK in self._blocks or number >> _BLOCK - 4 in self._blocks


def _number(digits: str, bare: str, path: str, number: float | None = None) -> Value:
    return Value("number", digits, bare or digits, _shown(digits, len(digits), path), number)


def digest(text: str) -> str:
    """Return the digest of a text, or of bytes as Latin-1, as it is in `Value`."""
    return f"{len(text)}:{hash(text)}"


def _shown(text: str, size: int, path: str) -> str:
    if path.startswith(_ENVIRONMENT) or _SECRET.search(path) or _SECRET_FORM.search(text):
        return f"{text[: min(6, size // 4)]}... ({size} long)"
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _hide_existing(match: re.Match[str]) -> str:
    # Each environment has a disk of its own, a copy of the snapshot's. A file may come later.
    existing = match[0]
    while existing and not os.path.exists(existing):
        existing = os.path.dirname(existing)
    return match[0][len(existing) :]


def _temporary_path() -> list[str]:
    """Return the folders for temporary files, without slashes at the end."""
    folders = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")] + ["/tmp"]
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        folders.insert(0, tempfile.tempdir)
    return list(dict.fromkeys(str(one).rstrip("/") for one in folders if one and one != "/"))


def _time(value: Any) -> Value | None:
    """Return what is comparable of a point in time; None for anything else."""
    kind = type(value)
    try:
        if issubclass(kind, datetime):
            point, text = value, datetime.isoformat(value, " ")
        elif issubclass(kind, date):
            point, text = datetime.combine(value, midnight()), date.isoformat(value)
        elif kind is time.struct_time:
            year, month, day, hour, minute, second = value[:6]
            point = datetime(year, month, day, hour, minute, min(second, 59))  # or a leap second
            text = datetime.isoformat(point, " ")
        else:
            return None
    except Exception:  # of a time zone's own code
        return None
    return Value("time", text, text, text, _seconds(point))


def _seconds(point: datetime) -> float | None:
    try:
        return datetime.timestamp(point)
    except Exception:  # Out of range, or of a time zone's own code.
        return None
