"""Reads what a distribution's metadata tell: name, version and requirements.

https://packaging.python.org/en/latest/specifications/core-metadata/
"""

import os

from ._discovery import read_file

TYPE_CHECKING = False

_FILES = ("METADATA", "PKG-INFO", "")  # The last is an old .egg-info file itself.
_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")
_FIELDS = {b"name", b"version", b"requires-dist"}
_FOLDS = (b" ", b"\t")
"""What the further lines of a field begin with."""


def normalize(name: str) -> str:
    """Return a distribution's name as the PyPA specification compares names.

    >>> normalize("My__Lib.extras")
    'my-lib-extras'
    """
    name = name.lower().replace("_", "-").replace(".", "-")
    while "--" in name:
        name = name.replace("--", "-")
    return name


def name_in(folder: str) -> str:
    """Return the normalised name in the name of a metadata folder.

    >>> name_in("My_Lib-1.2.dist-info")
    'my-lib'
    """
    return normalize(folder.rpartition(".")[0].partition("-")[0])


def version_in(folder: str) -> str:
    """Return the version in the name of a metadata folder, empty if there is none.

    >>> version_in("my_lib-1.2.dist-info")
    '1.2'
    """
    return folder.rpartition(".")[0].partition("-")[2].partition("-py")[0]


def lines(data: bytes) -> "list[bytes]":
    """Return the lines of a file: they end at line feeds, carriage returns, or both.

    Other characters that `str.splitlines` takes for line ends are part of a line.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.split(b"\n")


class Distribution:
    """What an installed distribution tells of itself, read when it is asked for, and once."""

    __slots__ = ("_fields", "folder", "key")
    _fields: "dict[bytes, list[bytes]] | None"

    def __init__(self, key: str, folder: str) -> None:
        self.key = key
        """The normalised name, under which the distribution counts once."""
        self.folder = folder
        """The metadata folder or file; empty if it has none."""
        self._fields = None

    def read(self, file: str, ends: "tuple[bytes, ...]" = ()) -> "bytes | None":
        """Return what the metadata file holds, None if there is none.

        Raises OSError or MetadataError if it cannot be read.
        """
        return read_file(f"{self.folder}/{file}" if file else self.folder, ends)

    if TYPE_CHECKING:

        def entry_points_data(self) -> "bytes | None":
            """Return what `entry_points.txt` of one that is no plain folder holds.

            Raises whatever reading it raises.
            """

    def is_valid(self) -> bool:
        """Tell whether there is a metadata file at all: a folder without one is a leftover."""
        paths = (f"{self.folder}/{file}" for file in _FILES[:2])
        return any(map(os.path.exists, paths)) or os.path.isfile(self.folder)

    @property
    def name(self) -> str:
        """The name as its author wrote it. Raises what `requirements` raises."""
        return self._field(b"name") or self.key

    @property
    def version(self) -> str:
        """The version; empty if unknown. Raises what `requirements` raises."""
        return self._field(b"version") or version_in(os.path.basename(self.folder))

    def requirements(self) -> "list[str]":
        """Return the requirement specifiers, as they stand in the metadata.

        Raises:
            OSError: The metadata cannot be read.
            MetadataError: They are no regular file, or too long.
            UnicodeDecodeError: What is wanted of them is not UTF-8.
        """
        fields = self._all(b"requires-dist")
        if fields:
            return fields
        required = lines(self.read("requires.txt") or b"")
        return [line.decode() for line in required if not line.strip().startswith((b"[", b"#"))]

    def _field(self, field: bytes) -> str:
        return next(iter(self._all(field)), "")

    def _all(self, field: bytes) -> "list[str]":
        if self._fields is None:
            data = next(filter(None, (self.read(file, _ENDS) for file in _FILES)), b"")
            self._fields = {}
            for name, value in header(data):
                self._fields.setdefault(name, []).append(value)
        return [value.decode().strip() for value in self._fields.get(field, ())]


class BrokenDistribution(Distribution):
    """Stands for distributions that could not be looked for."""

    __slots__ = ("error",)

    def __init__(self, origin: str, error: Exception) -> None:
        super().__init__(origin, "")
        self.error = error
        """Why."""

        self._fields = {}

    def requirements(self) -> "list[str]":
        """Return no requirement: none is known."""
        return []

    def entry_points_data(self) -> "bytes | None":
        """Raise what went wrong."""
        raise self.error

    def is_valid(self) -> bool:
        """Tell that there is no metadata file."""
        return False


def header(data: bytes) -> "list[tuple[bytes, bytes]]":
    """Return the fields wanted out of a metadata file's header: lower-case names, and values.

    The header ends at the first line that is none of it, as for a mail: everything wanted
    stands in it, and the description after it may be long.
    """
    found: list[tuple[bytes, bytes]] = []
    is_wanted = False
    for line in lines(_head(data)):
        name, colon, value = line.partition(b":")
        if line.startswith(_FOLDS):
            if is_wanted:
                name, value = found[-1]
                found[-1] = name, value + b"\n" + line
        elif not colon or not name or name.isspace():
            break
        else:
            name = name.lower()
            is_wanted = name in _FIELDS
            if is_wanted:
                found.append((name, value))
    return found


def _head(data: bytes) -> bytes:
    for end in _ENDS if b"\r" in data else _ENDS[:1]:
        data = data.partition(end)[0]
    return data
