"""Looks through `sys.path` for distributions that may declare plugins.

Every start runs this, most of them on functions without a plugin: it lists the folders,
and reads the entry points of what is installed, as bytes. All else that finding plugins
needs is imported only where this look finds something.
"""

import os
import sys
from stat import S_ISDIR, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import TypeAlias

    Infos: TypeAlias = "list[str] | OSError | None"
    Declared: TypeAlias = "bytes | Exception"

GROUP = "snapshot_restore_py"
"""The group in which distributions declare their hooks."""

CHOICE_VARIABLE = "SNAPSHOT_RESTORE_PLUGINS"
STRICT_VARIABLE = "SNAPSHOT_RESTORE_PLUGINS_STRICT"
LOG_VARIABLE = "SNAPSHOT_RESTORE_LOG"

_SECTION = f"[{GROUP}]".encode()
_OURS = ("snapshot_restore-", "snapshot_restore.")
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)  # There is one on Windows,
    | getattr(os, "O_NONBLOCK", 0)  # and the other one elsewhere.
)
_CHUNK = 65536  # bytes; nearly every metadata file fits in one read

MOST = 32 << 20
"""The most bytes that are read of one file; real ones have some hundred thousand."""

_NO_FOLDERS_LEFT = (23, 24)  # ENFILE and EMFILE; errno itself is not imported at start


class MetadataError(Exception):
    """What stands where metadata should be is not read. The message says why."""


def read_file(path: str, ends: "tuple[bytes, ...]" = ()) -> "bytes | None":
    """Return the bytes of the regular file at `path`, None if there is none or a folder.

    Args:
        path: The file.
        ends: What ends the part that is wanted: no more than a chunk is read after it.

    Raises:
        OSError: The file is there but cannot be read.
        MetadataError: It is a pipe, a device or a socket, which could hold the start up for
            ever, or what is wanted is longer than 32 MiB.
    """
    try:
        mode = os.stat(path).st_mode
        if not S_ISREG(mode):
            if S_ISDIR(mode):
                return None
            raise MetadataError(f"{path} is no regular file")
        descriptor = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        data = os.read(descriptor, _CHUNK)
        if len(data) < _CHUNK or any(end in data for end in ends):
            return data
        return _read_on(path, descriptor, data, ends)
    finally:
        os.close(descriptor)


def _read_on(path: str, descriptor: int, data: bytes, ends: "tuple[bytes, ...]") -> bytes:
    chunks = [data]
    size = len(data)
    while data:
        tail = data[-4:]
        data = os.read(descriptor, _CHUNK)
        chunks.append(data)
        size += len(data)
        if any(end in tail + data for end in ends):
            break
        if size > MOST:
            raise MetadataError(f"{path} is longer than {MOST >> 20} MiB")
    return b"".join(chunks)


class Look:
    """What one look through `sys.path` saw.

    Attributes:
        folders: The folders in order, each with the names of the metadata folders in it. None
            in place of the names: it is a zip file. An exception: it could not be listed.
        declared: By metadata folder, what its `entry_points.txt` holds, if our group may be
            in it, or why it cannot be read.
        has_finders: Whether `sys.meta_path` has finders of distributions beside the
            interpreter's own.
        sees_us: Whether there is a metadata folder of this package itself.
    """

    __slots__ = ("declared", "folders", "has_finders", "sees_us")

    def __init__(self) -> None:
        self.sees_us = False
        self.folders: dict[str, Infos] = {}
        self.declared: dict[str, Declared] = {}
        self.has_finders = not all(map(finds_on_path, finders()))
        for root in _roots(sys.path):
            try:
                children = os.listdir(root or ".")
            except NotADirectoryError:
                if is_zip(root):
                    self.folders[root] = None
            except OSError as error:
                if error.errno in _NO_FOLDERS_LEFT:
                    self.folders[root] = error
            except ValueError:
                continue  # It has a null byte, or a lone surrogate.
            else:
                self.folders[root] = infos = [
                    child for child in children if child[-5:].lower() == "-info"
                ]
                self._look_into(f"{root or '.'}/", infos)

    def finds_something(self) -> bool:
        """Tell whether there may be a plugin, or a reason why none can be found."""
        return bool(
            self.declared
            or self.has_finders
            or not self.sees_us  # They may have been removed from what was deployed.
            or not all(isinstance(infos, list) for infos in self.folders.values())
        )

    def _look_into(self, prefix: str, infos: "list[str]") -> None:
        access, exists = os.access, os.F_OK
        for info in infos:
            if info.startswith(_OURS):
                self.sees_us = True
            folder = prefix + info
            file = folder + "/entry_points.txt"
            try:
                # Most have no entry points, and an exception costs more than the question.
                if not access(file, exists):
                    if not access(folder, os.X_OK) and os.path.isdir(folder):
                        raise PermissionError(13, "Permission denied", folder)
                    continue
                data = read_file(file)
                if data and _SECTION in data:
                    self.declared[folder] = data
            except Exception as error:
                self.declared[folder] = error


def is_configured() -> bool:
    """Tell whether the environment says something about plugins, which may be wrong."""
    return CHOICE_VARIABLE in os.environ or STRICT_VARIABLE in os.environ


def _roots(path: "Iterable[object]") -> "Iterator[str]":
    seen = set()
    for entry in path:
        if isinstance(entry, str):
            root: object = entry
        elif isinstance(entry, os.PathLike):
            try:
                root = os.fspath(entry)
            except Exception:
                continue
        else:
            continue
        if isinstance(root, str) and root not in seen:
            seen.add(root)
            yield root


def is_zip(path: str) -> bool:
    """Tell whether a file may be a zip file: only then is a library worth its import."""
    try:
        if not S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            # The record at the end is 22 bytes, and a comment of at most 65,535 follows it.
            file.seek(max(size - 22 - 65535, 0))
            return b"PK\5\6" in file.read()
    except (OSError, ValueError):
        return False


def finders() -> "list[object]":
    """Return the finders on `sys.meta_path` that find distributions."""
    return [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]


def finds_on_path(finder: object) -> bool:
    """Tell whether a finder searches `sys.path` and nothing else, as the scan here does."""
    # The interpreter's own finder, and the one that importlib_metadata (or a copy of it
    # inside another library) puts beside it.
    if getattr(finder, "__module__", "") == "_frozen_importlib_external":
        return True
    kind = type(finder)
    return kind.__name__ == "MetadataPathFinder" and kind.__module__.endswith("importlib_metadata")
