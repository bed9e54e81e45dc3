"""Finds the distributions installed on `sys.path`, and reads their metadata.

Plain folders are scanned here, without a metadata library: the module is loaded in
every cold start. Zip files, wheels and custom finders go to `_foreign`.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import TypeAlias

    from ._foreign import BrokenDistribution, ForeignDistribution

    AnyDistribution: TypeAlias = "Distribution | ForeignDistribution | BrokenDistribution"
    Source: TypeAlias = "str | ForeignDistribution | BrokenDistribution"

_READ_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_KINDS = ("dist-info", "egg-info")
_CHUNK = 65536  # bytes; nearly every metadata file fits in one read


def normalize(name: str) -> str:
    """Return a distribution's name as the PyPA specification compares names.

    >>> normalize("My__Lib.extras")
    'my-lib-extras'
    """
    name = name.lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name


def read_file(path: str) -> "bytes | None":
    """Return the bytes of the file at `path`, None if there is no such file.

    Raises OSError if the file is there but cannot be read.
    """
    # Most distributions have no entry points, and an exception costs more than the question.
    if not os.access(path, os.F_OK):
        return None
    try:
        descriptor = os.open(path, _READ_FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        data = chunk = os.read(descriptor, _CHUNK)
        while chunk:
            chunk = os.read(descriptor, _CHUNK)
            data += chunk
        return data
    except IsADirectoryError:
        return None
    finally:
        os.close(descriptor)


class Distribution:
    """A distribution whose metadata is a folder, or an old `.egg-info` file."""

    __slots__ = ("_header", "key", "path")
    _header: "list[str] | None"

    def __init__(self, key: str, path: str) -> None:
        self.key = key
        """The normalised name, under which the distribution counts once."""
        self.path = path
        """The metadata folder or file."""
        self._header = None

    def is_valid(self) -> bool:
        """Tell whether there is a metadata file at all: a folder without one is a leftover."""
        return any(map(os.path.exists, self._metadata_paths()[:2])) or os.path.isfile(self.path)

    @property
    def name(self) -> str:
        """The name as its author wrote it."""
        return self._field("name") or self.key

    @property
    def version(self) -> str:
        """The version; empty if the metadata does not tell."""
        return self._field("version") or version_in(self.path)

    def requirements(self) -> "list[str]":
        """Return the requirement specifiers, as they stand in the metadata.

        Raises OSError or UnicodeDecodeError if the metadata cannot be read.
        """
        fields = [
            line[len("requires-dist:") :]
            for line in self._header_lines()
            if line[: len("requires-dist:")].lower() == "requires-dist:"
        ]
        if fields:
            return fields
        egg_requirements = read_file(self.path + "/requires.txt") or b""
        return [
            line
            for line in egg_requirements.decode().splitlines()
            if not line.strip().startswith(("[", "#"))
        ]

    def _field(self, field: str) -> str:
        for line in self._header_lines():
            label, colon, value = line.partition(":")
            if colon and label.lower() == field:
                return value.strip()
        return ""

    def _header_lines(self) -> "list[str]":
        # Everything wanted stands in the header; the description after it may be long.
        if self._header is None:
            for path in self._metadata_paths():
                data = read_file(path)
                if data:
                    break
            else:
                data = b""
            header = data.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
            self._header = header.decode().splitlines()
        return self._header

    def _metadata_paths(self) -> "tuple[str, str, str]":
        return self.path + "/METADATA", self.path + "/PKG-INFO", self.path


def version_in(path: str) -> str:
    """Return the version in the name of a metadata folder, empty if there is none.

    >>> version_in("/site/my_lib-1.2.dist-info")
    '1.2'
    """
    return os.path.basename(path).rpartition(".")[0].partition("-")[2]


def installed() -> "dict[str, Source]":
    """Return where the metadata of the distributions that count is, by normalised name.

    The rule is that of `importlib_metadata`: one name counts once. Metadata with a
    metadata file goes before leftovers without one; then the first on `sys.path` wins.
    Where two lie in one folder, and the library takes the one that the file system lists
    first, the newer version is taken.
    """
    found: dict[str, Source] = {}
    rivals: dict[str, list[Source]] = {}
    for group in _groups():
        for key, source in group:
            first = found.setdefault(key, source)
            if first is not source:
                rivals.setdefault(key, [first]).append(source)
    for key, sources in rivals.items():
        valid = (one for one in sources if distribution(key, one).is_valid())
        found[key] = next(valid, sources[0])
    return found


def distribution(key: str, source: "Source") -> "AnyDistribution":
    """Return the distribution of that name whose metadata is at `source`.

    A folder's is a mere path until it is needed: there can be thousands of them.
    """
    return Distribution(key, source) if isinstance(source, str) else source


def _groups() -> "Iterator[Iterable[tuple[str, Source]]]":
    """Yield what each entry of `sys.path`, and each custom finder, offers."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    if all(map(_finds_on_path, finders)):
        yield from _on_path()
        return
    from . import _foreign

    path_searched = False
    for finder in _foreign.finders():
        if not _finds_on_path(finder):
            yield _foreign.found_by(finder)
        elif not path_searched:
            path_searched = True
            yield from _on_path()


def _finds_on_path(finder: object) -> bool:
    # The interpreter's own finder, and the one that importlib_metadata (or a copy of it
    # inside another library) puts beside it, search sys.path and nothing else.
    if getattr(finder, "__module__", "") == "_frozen_importlib_external":
        return True
    kind = type(finder)
    return kind.__name__ == "MetadataPathFinder" and kind.__module__.endswith("importlib_metadata")


def _on_path() -> "Iterator[Iterable[tuple[str, Source]]]":
    searched = set()
    for entry in sys.path:
        if not isinstance(entry, (str, os.PathLike)):
            continue
        root = os.fspath(entry)
        if root in searched:
            continue
        searched.add(root)
        try:
            children = os.listdir(root or ".")
        except NotADirectoryError:
            from . import _foreign

            yield _foreign.found_in(root)
        except OSError:
            continue
        else:
            yield _in_folder(root, children)


def _in_folder(root: str, children: "list[str]") -> "list[tuple[str, Source]]":
    found: list[tuple[str, Source]] = []
    prefix = f"{root or '.'}/"
    for child in children:
        if child[-1] in "oO" and child[-5:].lower() == "-info":
            stem, _, kind = child.rpartition(".")
            key = normalize(stem.partition("-")[0])
            if not key or kind not in _KINDS:
                key = _declared_key(root, child)
            if key:
                found.append((key, prefix + child))
    if len({key for key, _ in found}) < len(found):
        found.sort(key=_age, reverse=True)
    return found


def _declared_key(root: str, child: str) -> str:
    """Return the key of a metadata folder whose name does not tell; empty if it is none.

    `importlib_metadata` takes upper case for such a name, and asks the metadata.
    """
    if child.lower() == "egg-info":
        if not os.path.basename(root).lower().endswith(".egg"):
            return ""
    elif not child.lower().endswith((".dist-info", ".egg-info")):
        return ""
    try:
        return normalize(Distribution(child, f"{root or '.'}/{child}").name)
    except (OSError, UnicodeDecodeError):
        return normalize(child)


def _age(found: "tuple[str, Source]") -> "tuple[list[tuple[int, int, str]], str]":
    from itertools import groupby

    path = str(found[1])
    parts = []
    for kind, characters in groupby(version_in(path), key=_kind):
        text = "".join(characters)
        if kind == "number":
            parts.append((4, int(text), ""))
        elif kind == "letters":
            # As in PEP 440: "dev", then letters, then the end, then "post", then numbers.
            parts.append(({"dev": 0, "post": 3}.get(text.lower(), 1), 0, text.lower()))
    return [*parts, (2, 0, "")], path


def _kind(character: str) -> str:
    return "number" if character.isdecimal() else "letters" if character.isalpha() else ""
