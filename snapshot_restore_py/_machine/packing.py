"""Chooses the files that a machine gets: the user's own Python, and what it needs.

Every file lies in the machine where it lies here, so paths mean the same.
"""

from __future__ import annotations

import marshal
import os
import ssl
import stat
import struct
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .archive import Archive

_LEFT_OUT = {".git", ".hg", ".svn", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
_LEFT_OUT |= {".venv", ".tox", ".nox", ".aws-sam", ".serverless", "cdk.out"}
# Parts of the standard library that are of no use without a screen, or only to test it.
_NOT_OF_STANDARD = {"test", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3"}
_NOT_OF_STANDARD |= {"site-packages", "dist-packages"}
_MODULE, _METADATA = (".py", ".so"), (".dist-info", ".egg-info")
_PROGRAMS = (
    "sh env cat cp date echo false grep head id ls mkdir mv rm sed sleep sort tail true uname"
)
_SETTINGS = (
    *("/etc/passwd", "/etc/group", "/etc/hosts", "/etc/nsswitch.conf", "/etc/services"),
    *("/etc/protocols", "/etc/ssl/openssl.cnf", "/etc/gai.conf", "/etc/mime.types"),
)
_PAGE, _ENTRY = 4096, 2048  # bytes that a file takes at least, and that the system keeps of it
_ZONES = Path("/usr/share/zoneinfo")


@dataclass
class Files:
    """Files to pack.

    Attributes:
        folders: Paths of folders.
        links: For the path of each link, where it leads, as it is written.
        files: Paths of files, with what is packed for each.
        unreadable: Paths of what cannot be read.
    """

    folders: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    def size(self, folder: str = "/") -> int:
        """Return how many bytes the files in a folder hold."""
        start = os.path.join(os.path.realpath(folder), "")
        return sum(
            path.stat().st_size for name, path in self.files.items() if name.startswith(start)
        )

    def room(self) -> int:
        """Return how many bytes of a machine's memory they take."""
        sizes = (path.stat().st_size for path in self.files.values())
        return sum(-(-size // _PAGE) * _PAGE + _ENTRY for size in sizes)

    def marks(self) -> dict[str, list[object]]:
        """Return what tells for each path whether it has changed."""
        found: dict[str, list[object]] = {path: [] for path in self.folders}
        found.update({path: [target] for path, target in self.links.items()})
        for name, path in self.files.items():
            facts = path.stat()
            found[name] = [str(path), facts.st_size, facts.st_mtime_ns, facts.st_mode]
        return found

    def write(self, archive: Archive) -> None:
        """Add them to an archive."""
        for name in sorted(self.folders):
            archive.folder(name)
        for name, target in self.links.items():
            archive.link(name, target)
        for name, path in self.files.items():
            archive.file(name, path)

    def compiled(self, folder: str) -> dict[str, bytes]:
        """Return, by path, what Python makes of modules in a folder that has not kept that."""
        found = {}
        for name, path in self.files.items():
            if path.suffix == ".py" and name.startswith(os.path.join(folder, "")):
                cached = cache_from_source(name)
                if cached not in self.files:
                    found[cached] = _compiled(path)
        return found

    def add(self, path: str, *, without: Iterable[str] = ()) -> None:
        """Add a file, or a folder with all that is in it; what is not there is left out.

        Args:
            path: Absolute.
            without: Names in the folder that are left out.
        """
        for one in self._chain(path):
            self._add(one, set(without))

    def add_modules(self, path: str) -> None:
        """Add what can be imported from a folder, with its metadata, or a file such as a zip.

        Data beside the modules are left out: a project's folder may hold much.

        Args:
            path: Absolute.
        """
        if not os.path.isdir(path):
            self.add(path)
            return
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name not in _LEFT_OUT and _can_be_imported(entry):
                    self.add(entry.path)

    def _chain(self, path: str) -> Iterator[str]:
        """Yield the real path behind the links on the way, which are added."""
        parts = Path(os.path.normpath(path)).parts
        reached = parts[0]
        for index, part in enumerate(parts[1:], 2):
            reached = os.path.join(reached, part)
            try:
                target = os.readlink(reached)
            except OSError:
                continue
            if reached not in self.links:
                self.links[reached] = target
            rest = os.path.join(os.path.dirname(reached), target, *parts[index:])
            yield from self._chain(rest)
            return
        yield reached

    def _add(self, path: str, without: set[str]) -> None:
        try:
            mode = os.stat(path).st_mode
        except OSError:
            return
        if stat.S_ISREG(mode):
            self._add_file(path)
        elif stat.S_ISDIR(mode) and path not in self.folders:
            self._add_folder(path, without)

    def _add_file(self, path: str) -> None:
        if os.access(path, os.R_OK):
            self.files[path] = Path(path)
        else:
            self.unreadable.append(path)

    def _add_folder(self, path: str, without: set[str]) -> None:
        self.folders[path] = 0
        try:
            entries = sorted(os.scandir(path), key=lambda entry: entry.name)
        except OSError:
            self.unreadable.append(path)
            return
        for entry in entries:
            if entry.name in _LEFT_OUT or entry.name in without or _is_of_another(entry.name):
                continue
            if entry.is_symlink():
                self.add(entry.path)
            elif entry.is_dir():
                self._add(entry.path, set())
            elif entry.is_file():
                self._add_file(entry.path)


def _can_be_imported(entry: os.DirEntry[str]) -> bool:
    """Tell whether something is a module or a package, or is metadata of one."""
    if entry.name.endswith((*_MODULE, *_METADATA)):
        return True
    if not entry.name.isidentifier() or not entry.is_dir():
        return False
    # A package without an __init__.py may hold nothing but packages.
    return any(any(Path(entry.path).glob(one)) for one in ("*.py", "*.so", "*/__init__.py"))


def _compiled(path: Path) -> bytes:
    """Return a module as Python keeps it: https://peps.python.org/pep-0552/."""
    facts, data = path.stat(), path.read_bytes()
    head = MAGIC_NUMBER + struct.pack("<LLL", 0, int(facts.st_mtime) & 0xFFFFFFFF, len(data))
    return head + marshal.dumps(compile(data, str(path), "exec", dont_inherit=True))


def _is_of_another(name: str) -> bool:
    """Tell whether a name is that of a compiled file of another Python, or a static library."""
    if name.endswith(".pyc"):
        return not name.endswith(f".{sys.implementation.cache_tag}.pyc") and ".cpython-" in name
    return name.endswith(".a")


def files(path: list[str], environment: Mapping[str, str]) -> Files:
    """Return the files of this Python and of what it finds, without shared libraries.

    Args:
        path: As `sys.path`; folders and files.
        environment: Its variables.
    """
    found = Files()
    for program in dict.fromkeys((sys.executable, base_program())):
        found.add(program)
        found.add(os.path.join(os.path.dirname(program), "pyvenv.cfg"))
        found.add(os.path.join(os.path.dirname(os.path.dirname(program)), "pyvenv.cfg"))
    for name in ("stdlib", "platstdlib"):
        found.add(sysconfig.get_path(name), without=_NOT_OF_STANDARD)
    for entry in filter(os.path.isabs, path):  # Others stand for what hooks of imports find.
        found.add(entry, without=_NOT_OF_STANDARD if _is_standard(entry) else ())
    for program in _PROGRAMS.split():
        for folder in ("/bin", "/usr/bin"):
            found.add(os.path.join(folder, program))
    for setting in _SETTINGS:
        found.add(setting)
    _add_certificates(found, environment)
    found.add(str(_ZONES), without=("posix", "right"))
    return found


def base_program() -> str:
    """Return the program of this Python itself, rather than that of an environment of it."""
    return getattr(sys, "_base_executable", "") or sys.executable


def _is_standard(entry: str) -> bool:
    return os.path.realpath(entry) == os.path.realpath(sysconfig.get_path("stdlib"))


def _add_certificates(found: Files, environment: Mapping[str, str]) -> None:
    paths = ssl.get_default_verify_paths()
    places = (
        *(paths.openssl_cafile, paths.openssl_capath, "/etc/ssl/certs"),
        *map(environment.get, ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")),
    )
    for place in places:
        if place and os.path.isabs(place):
            found.add(place)
