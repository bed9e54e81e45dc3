"""Finds what was made at the init and ends: tokens, presigned URLs, copies of the SDK's keys.

Loaded in the process that it looks at, as `observation` is, and runs no code of the function.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import (
    attributes,
    by_kinds,
    file_of,
    identity,
    module_of,
    names_in_module,
    parts,
)
from snapshot_restore_py._rehearsal.inside.reachability import Search
from snapshot_restore_py._rehearsal.inside.tokens import POLICY, ending
from snapshot_restore_py._rehearsal.inside.values import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules
    from snapshot_restore_py._rehearsal.inside.reachability import Path

KEYS = "a copy of temporary keys"
_NEVER = 5 * 366 * 86400  # seconds; what lasts longer does not end in practice
_SHORTEST = 40  # characters of a text that carries its own end
_LATEST = 4e9  # seconds since 1970; what ends later does not end in practice
_EARLY, _EARLY_SHARE = 900, 0.2  # how long before its end it may be renewed: seconds, or a share
_LETTERS = re.compile("[^A-Za-z0-9]+")
_LARGEST_FILE, _MOST_FILES = 1_000_000, 2000
_LEFT_OUT = {"__pycache__", "site-packages", "dist-packages", "node_modules"}
_LONG = 16  # characters of a key; shorter ones are those of tests, which other texts equal
# As botocore's objects name them, and the answers of STS and Cognito.
_FIELDS = ("access_key", "secret_key", "token")
_VARIABLES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
_ANSWERED = ("AccessKeyId", "SecretAccessKey", "SecretKey", "SessionToken")


class Expiring:
    """Something that ends.

    Attributes:
        kind: What it is, in words.
        path: How it is reached, as in `app.session.headers['Authorization']`.
        end: When it ends, in seconds since 1970; None if it is not known.
        mark: Equal for the same one, wherever it is kept, in processes that share a hash seed.
        digests: Of the values that it explains, as in `values.Value`.
        size: How many characters it has.
        holder: The path of what holds it, where all in there belongs to it; or empty.
        is_guarded: Whether the time of its end is kept beside it, to be compared with the clock.
        texts: Itself, in parts.
    """

    __slots__ = ("digests", "end", "holder", "is_guarded", "kind", "mark", "path", "size", "texts")

    def __init__(self, kind: str, end: float | None, texts: Iterable[str], whole: str = "") -> None:
        self.kind = kind
        self.path = self.holder = ""
        self.is_guarded = False
        self.end = end
        self.texts = [one for one in texts if one]
        self.mark = " ".join(map(digest, self.texts))
        self.digests = [digest(one) for one in (whole, *self.texts) if one]
        self.size = sum(map(len, self.texts))

    def as_json(self) -> list[Any]:
        """Return the attributes as `records.Expiring` takes them."""
        names = ("kind", "path", "end", "mark", "digests", "size", "holder", "is_guarded")
        return [getattr(self, name) for name in names]


class Ends:
    """Looks for what ends. To be made before the function is imported.

    Args:
        own: The function's modules.
        folder: Its folder.
        since: When the init began, in seconds since 1970.
    """

    def __init__(self, own: OwnModules, folder: str, since: float) -> None:
        self._own = own
        self._folder = folder
        self._since = since
        self._environ = dict(os.environ)
        self._sources: list[str] | None = None

    def find(self, read: Iterable[str] = ()) -> list[Expiring]:
        """Return what ends, and can be reached from the names of the function.

        Args:
            read: The variables of the environment that are told of as missing in Lambda.
        """
        texts, renewed, copies = _candidates()
        keys = _Keys(renewed)
        found: dict[int, tuple[Any, Expiring]] = {}
        for one, size in _long_ones(texts, min({_SHORTEST, *keys.sizes})):
            what = self._ending(_plain(one)) if size >= _SHORTEST else None
            what = what or (keys.ending(one) if size in keys.sizes else None)
            if what:
                found[identity(one)] = one, what
        found.update({identity(one): (one, keys.copy(one)) for one in copies})
        targets = [one for one, _ in found.values()]
        # Libraries keep the environment, whose variables are looked at by themselves.
        environ = [os.environ, *attributes(os.environ).values()]
        search = Search(targets, self._own.modules(), closed=[*renewed, *copies, *environ])
        ways = search.paths()
        reached = [*self._in_environ(keys)]
        for number, (one, what) in found.items():
            way = ways.get(number)
            if way and not keys.is_id_only(one, way):
                what.path = way.expression() or f"{way.root} (inside)"
                what.is_guarded = self._is_guarded(way, what.end)
                if way.steps[1:] and self._is_of_holder(what, way.holding()):
                    what.holder = way.holding().expression()
                reached.append(what)
        given = {self._environ.get(name) for name in read}
        return [one for one in reached if not given & {*one.texts} and not self._is_given(one)]

    def _is_of_holder(self, what: Expiring, holding: Path) -> bool:
        """Tell whether all beside it belongs to it: signatures, and what is made of a key."""
        kind = type(holding.steps[-1])
        is_signer = not issubclass(kind, (dict, list, tuple)) and not self._own.has(module_of(kind))
        return what.kind == POLICY or (what.kind == KEYS and len(what.texts) == 1 and is_signer)

    def _ending(self, text: str) -> Expiring | None:
        found = ending(text)
        if found and self._since <= found.end <= self._since + _NEVER:
            return Expiring(found.kind, found.end, [found.text], text)
        return None

    def _in_environ(self, keys: _Keys) -> Iterator[Expiring]:
        for name, value in dict(os.environ).items():
            what = self._environ.get(name) != value and (self._ending(value) or keys.ending(value))
            if what:
                what.path = f"os.environ[{name!r}]"
                yield what

    def _is_given(self, what: Expiring) -> bool:
        """Tell whether it was not made at the init: the code or the configuration has it."""
        text = max(what.texts, key=len)
        if what.kind == KEYS:
            # The SDK's own variables hold what it renews in Lambda.
            names = self._environ.keys() - _VARIABLES
            quoted = (f'"{text}"', f"'{text}'")
            return text in map(self._environ.get, names) or any(
                one in source for source in self._own_sources() for one in quoted
            )
        if any(text in value for value in self._environ.values()):
            return True
        # A long constant may stand there in several lines, or parts.
        letters = _LETTERS.sub("", text)
        return any(letters in _LETTERS.sub("", source) for source in self._own_sources())

    def _own_sources(self) -> list[str]:
        """Return the contents of the function's own files."""
        if self._sources is None:
            paths = dict.fromkeys(_files(self._folder))
            for module in self._own.modules().values():
                paths[file_of(module)] = None
            self._sources = [*filter(None, map(_content, paths))]
        return self._sources

    def _is_guarded(self, way: Path, end: float | None) -> bool:
        """Tell whether the time of the end is kept beside it, to be compared with the clock."""
        if end is None:
            return False
        holder = way.holding().steps[-1] if way.steps[1:] else None
        if holder is None:
            module = self._own.modules()[way.root.rpartition(".")[0]]
            beside = names_in_module(module)
        elif issubclass(type(holder), dict):
            beside = dict(dict.items(holder))
        elif issubclass(type(holder), tuple):
            return any(self._is_before(one, end) for one in tuple.__iter__(holder))
        else:
            beside = attributes(holder)
        is_library = holder is not None and not self._own.has(module_of(type(holder)))
        is_library = is_library and not issubclass(type(holder), dict)
        return any(
            self._is_before(one, end) and (is_library or self._is_compared(str(name)))
            for name, one in beside.items()
        )

    def _is_before(self, value: Any, end: float) -> bool:
        earliest = end - max(_EARLY, _EARLY_SHARE * (end - self._since)) - 1
        seconds = value if type(value) is int or type(value) is float else _end_of(value)
        return seconds is not None and any(
            earliest <= seconds / scale <= end + 1 for scale in (1, 1e3)
        )

    def _is_compared(self, name: str) -> bool:
        """Tell whether a line of the function's code compares what has this name."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        return any(
            word.search(line) and ("<" in line or ">" in line.replace("->", ""))
            for source in self._own_sources()
            for line in source.splitlines()
        )


class _Keys:
    """The keys that an SDK has now, and renews; `sizes` are those that any of them has."""

    def __init__(self, renewed: list[Any]) -> None:
        self._ends: dict[str, float | None] = {}
        self._ids: dict[int, float | None] = {}
        self._names: set[str] = set()
        self.sizes: set[int] = set()
        for one in renewed:
            fields = attributes(one)
            end = _end_of(fields.get("_expiry_time"))
            found = _fields(fields)
            self._names.update(found[:1])
            self.sizes.update(map(len, found))
            for text in found:
                self._ids[identity(text)] = end
                if len(text) >= _LONG:
                    self._ends[text] = end

    def ending(self, text: Any) -> Expiring | None:
        """Return what ends with a text that is one of the keys, or None."""
        plain = _plain(text)
        if identity(text) in self._ids or plain in self._ends:
            return Expiring(KEYS, self._ends.get(plain), [plain])
        return None

    def is_id_only(self, text: Any, way: Path) -> bool:
        """Tell whether it is a key's mere name, which stands in logs and forms, and no secret."""
        is_name = issubclass(type(text), str) and str.__str__(text) in self._names
        holder = way.holding().steps[-1] if way.steps[1:] else {}
        return is_name and issubclass(type(holder), dict)

    def copy(self, value: Any) -> Expiring:
        """Return what ends with all keys of a credentials object, or of an answer of STS."""
        texts: list[Any]
        if type(value) is dict:
            texts = [value.get(name) for name in _ANSWERED]
            end = _end_of(value.get("Expiration"))
        elif issubclass(type(value), tuple):
            texts, end = list(tuple.__iter__(value))[:3], None
        else:
            texts, end = _fields(attributes(value)), None
        plain = [_plain(one) for one in texts if issubclass(type(one), str)]
        ends = [self._ends.get(one) for one in plain]
        return Expiring(KEYS, end or next(filter(None, ends), None), plain)


def _candidates() -> tuple[dict[Any, list[Any]], list[Any], list[Any]]:
    """Return texts by their kind, credentials that the SDK renews in Lambda, and copies of keys."""
    botocore: Any = sys.modules.get("botocore.credentials")
    found = by_kinds(parts(), partial(_kind, names_in_module(botocore) if botocore else {}))
    renewed, copies = [], [*found.get("copy", ())]
    copies += [one for one in found["dict"] if _is_answer(one)]
    for one in found.get("keys", ()):
        fields = attributes(one)
        # What the code itself has set is not asked for again.
        if "_refresh_using" in fields or fields.get("method") != "explicit":
            renewed.append(one)
        elif fields.get("token"):
            copies.append(one)
    return {str: found["text"], bytes: found.get("bytes", [])}, renewed, copies


def _long_ones(texts: dict[Any, list[Any]], least: int) -> Iterator[tuple[Any, int]]:
    """Yield the texts, by their kind, that have so many characters or more, and their sizes."""
    # There are tens of thousands, so what is done for each is done in C.
    for kind, ones in texts.items():
        sizes = list(map(kind.__len__, ones))  # What is derived may have a length of its own.
        yield from compress(zip(ones, sizes), map(least.__le__, sizes))


def _kind(botocore: dict[str, Any], kind: type) -> str:
    if issubclass(kind, str):
        return "text"
    if issubclass(kind, bytes):
        return "bytes"
    if kind is dict:
        return "dict"
    for name, found in (("ReadOnlyCredentials", "copy"), ("Credentials", "keys")):
        if name in botocore and issubclass(kind, botocore[name]):
            return found
    return ""


def _is_answer(value: dict[Any, Any]) -> bool:
    """Tell whether it holds the keys of a role, as STS and Cognito answer."""
    return "AccessKeyId" in value and type(value.get("SessionToken")) is str


def _fields(found: dict[str, Any]) -> list[str]:
    texts = [found.get(name) or found.get(f"_{name}") for name in _FIELDS]
    return [one for one in texts if one and type(one) is str]


def _end_of(value: Any) -> float | None:
    if type(value) is not datetime:
        return None
    try:
        seconds = datetime.timestamp(value)
    except Exception:  # of a time zone's own code
        return None
    return seconds if abs(seconds) < _LATEST else None


def _plain(text: Any) -> str:
    if issubclass(type(text), bytes):
        return bytes.decode(text, "latin-1")
    return str.__str__(text)


def _files(folder: str) -> Iterator[str]:
    count = 0
    for path, folders, names in os.walk(folder):
        folders[:] = [one for one in folders if one not in _LEFT_OUT and one[0] != "."]
        for name in names:
            count += 1
            if count > _MOST_FILES:
                return
            yield os.path.join(path, name)


def _content(path: str) -> str:
    try:
        if os.path.getsize(path) <= _LARGEST_FILE:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
    except OSError:
        pass
    return ""
