"""Which modules are the function's own, and which are those of libraries."""

from __future__ import annotations

import json
import os
import sys
from fnmatch import fnmatchcase
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import file_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PACKAGE = __name__.partition(".")[0]
_SCRIPT = ("__main__", "__mp_main__")  # The rehearsal's own; multiprocessing adds the other name.
_PLUGINS = "snapshot_restore_"  # Ours are installed from a folder until an index has them.
_FOR_LIBRARIES = {"site-packages", "dist-packages"}
STANDARD = os.path.dirname(os.__file__)
_METADATA = ".dist-info"


class OwnModules:
    """Tells which modules are the function's own, wherever they lie.

    Those are the handler's module, and what lies in the function's folder, in a layer or in
    another folder on `sys.path`, and was not installed there. Of what is installed: the
    distribution that has the handler, and those that were installed from a local folder, by
    https://packaging.python.org/en/latest/specifications/direct-url/

    Args:
        folder: The function's folder, absolute.
        handler_module: The module of the handler, which is always its own.
        patterns: Names of further modules that are its own, with what is inside them, as
            `fnmatch` takes them.
    """

    def __init__(self, folder: str, handler_module: str, patterns: Iterable[str] = ()) -> None:
        self._folder = folder.rstrip(os.sep)
        self._handler_module = handler_module
        self._patterns = list(patterns)
        self._known: dict[tuple[str, str], bool] = {}  # by name and file
        self._installed: dict[str, _Installed] = {}  # by folder

    def modules(self) -> dict[str, ModuleType]:
        """Return them by name: those that others import come first."""
        return {name: one for name, one in all_modules().items() if self._is_own(name, one)}

    def files(self) -> dict[str, str]:
        """Return their files by name."""
        return {name: file for name, one in self.modules().items() if (file := file_of(one))}

    def has(self, name: str) -> bool:
        """Tell whether a loaded module is one of them, by its name."""
        module = sys.modules.get(name)
        return module is not None and self._is_own(name, module)

    def file_to_load(self, name: str) -> str:
        """Return the file from which a module would be loaded that is one of them; or empty."""
        base = os.path.join(*name.split("."))
        for folder in dict.fromkeys(self._folders()):
            for file in (f"{base}.py", os.path.join(base, "__init__.py")):
                path = os.path.join(folder, file)
                if os.path.isfile(path):
                    return path if self._is_own_file(path) else ""
        return ""

    def _is_own(self, name: str, module: ModuleType) -> bool:
        if name == self._handler_module:
            return True
        file = file_of(module)
        if not file or name in _SCRIPT or name.startswith(_PLUGINS):
            return False
        key = name, file
        if key not in self._known:
            # Before the answer is known: the look may import something, which asks again.
            self._known[key] = False
            self._known[key] = self._is_wanted(name) or self._is_own_file(file)
        return self._known[key]

    def _is_wanted(self, name: str) -> bool:
        return any(
            fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")
            for pattern in self._patterns
        )

    def _is_own_file(self, file: str) -> bool:
        if is_for_libraries(file):
            folder = _up_to_libraries(file)
            return self._in(folder).has_of_its_own(file, self._handler_file())
        around = [one for one in self._folders() if file.startswith(one + os.sep)]
        if around:
            # The nearest, since one of them may lie in another.
            return self._was_written_in(max(around, key=len), file)
        # Where a distribution is installed as a link to its sources, these lie anywhere.
        libraries = [one for one in list(sys.path) if type(one) is str and is_for_libraries(one)]
        return any(self._in(one).has_of_its_own(file, self._handler_file()) for one in libraries)

    def _handler_file(self) -> str:
        module = sys.modules.get(self._handler_module)
        return "" if module is None else file_of(module)

    def _folders(self) -> Iterator[str]:
        """Yield the folders of the function and of layers, and others on `sys.path`."""
        yield self._folder
        for entry in list(sys.path):
            if type(entry) is str and os.path.isabs(entry) and not _is_standard(entry):
                yield entry.rstrip(os.sep)

    def _was_written_in(self, folder: str, file: str) -> bool:
        """Tell whether a file in a folder, or in folders inside it, was not installed there."""
        for part in file[len(folder) + 1 :].split(os.sep):
            installed = self._in(folder)
            if installed.has(file) and not installed.has_of_its_own(file, self._handler_file()):
                return False
            folder = os.path.join(folder, part)
        return True

    def _in(self, folder: str) -> _Installed:
        if folder not in self._installed:
            self._installed[folder] = _Installed(folder)
        return self._installed[folder]


class _Installed:
    """What pip has installed into a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        names = [name for name in _listed(folder) if name.endswith(_METADATA)]
        self._metadata = [os.path.join(folder, name) for name in names]
        self._files: dict[str, set[str]] = {}  # by the folder of their metadata
        self._linked: list[tuple[str, str]] | None = None

    def has(self, file: str) -> bool:
        """Tell whether a file was installed."""
        return any(self._lists(one, file) for one in self._metadata)

    def has_of_its_own(self, file: str, handler_file: str) -> bool:
        """Tell whether a file belongs to one of the function's own distributions."""
        if any(_is_inside(source, file) or self._lists(one, file) for one, source in self._links()):
            return True
        # To read what all libraries list takes too long where the handler is none of them.
        return handler_file.startswith(self._folder + os.sep) and any(
            self._lists(one, handler_file) and self._lists(one, file) for one in self._metadata
        )

    def _links(self) -> list[tuple[str, str]]:
        """Return the metadata of what was installed from local folders, with these."""
        if self._linked is None:
            every = ((one, _source(one)) for one in self._metadata)
            self._linked = [(one, source) for one, source in every if source]
        return self._linked

    def _lists(self, metadata: str, file: str) -> bool:
        if metadata not in self._files:
            self._files[metadata] = set(_recorded(metadata))
        inside = file[len(self._folder) + 1 :]
        return not {inside, inside.partition(os.sep)[0]}.isdisjoint(self._files[metadata])


def all_modules() -> dict[str, ModuleType]:
    """Return all loaded modules by name, but for those of the rehearsal itself."""
    return {
        name: module
        for name, module in list(sys.modules.items())
        if issubclass(type(module), ModuleType)
        and name not in _SCRIPT
        and name.partition(".")[0] != _PACKAGE
    }


def _is_standard(entry: str) -> bool:
    # There may be a zip file of it.
    return entry.startswith(STANDARD) or not os.path.isdir(entry)


def _is_inside(source: str, file: str) -> bool:
    """Tell whether a file is one of the sources in a folder."""
    return file.startswith(source + os.sep) and not is_for_libraries(file[len(source) :])


def is_for_libraries(folder: str) -> bool:
    """Tell whether a folder is for libraries, or lies in one that is."""
    return bool(_FOR_LIBRARIES.intersection(folder.split(os.sep)))


def _up_to_libraries(file: str) -> str:
    """Return the folder for libraries that a file lies in."""
    parts = file.split(os.sep)
    return os.sep.join(parts[: 1 + max(map(parts.index, _FOR_LIBRARIES.intersection(parts)))])


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # no folder, as a zip file
        return []


def _recorded(metadata: str) -> Iterator[str]:
    """Yield the files of a distribution, as paths from its folder; else its top-level names."""
    try:
        with open(os.path.join(metadata, "RECORD"), encoding="utf-8", errors="replace") as record:
            for line in record:
                yield line.partition(",")[0].strip('"').replace("/", os.sep)
    except OSError:
        name = os.path.basename(metadata).partition("-")[0]
        yield from (name, f"{name}.py")


@cache
def _source(metadata: str) -> str:
    """Return the local folder that a distribution was installed from; empty if none."""
    try:
        with open(os.path.join(metadata, "direct_url.json"), encoding="utf-8") as stream:
            found: Any = json.load(stream)
        is_folder = "dir_info" in found and found["url"].startswith("file://")
        return _path(found["url"]) if is_folder else ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def _path(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url[len("file://") :]).rstrip("/")
