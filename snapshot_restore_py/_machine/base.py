"""The machine that all inits start from: booted, with its network, and nothing run yet."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cache
from .architecture import MissingError, has_virtualisation, this_one
from .archive import Archive, readable_mode
from .guest import speed
from .kernel import kernel
from .libraries import libraries, objects
from .machine import Machine, MachineError, Saved, Setup, continued, program
from .memory import Memory
from .modules import NETWORK, modules, unpacked
from .packing import base_program, files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from .kernel import Kernel
    from .options import Options
    from .packing import Files

_GUEST = Path(__file__).with_name("guest.py")
_PACKAGE = str(_GUEST.parents[1])
_BOOT = 300.0  # seconds that a machine may take to start in software, and a processor's own
_QUICK_BOOT = 30.0
_LARGEST = 1200  # megabytes of files
_STEP = 256  # megabytes
_LEAST = 640  # megabytes that the function has for itself
_SYSTEM = 160  # megabytes that the kernel takes
# What may go by the line, rather than into a new machine: it is slow.
_CHANGED, _CHANGES = 300_000, 200  # bytes, and files
_PATH = "import json, sys; print(json.dumps(sys.path[1:]))"


@dataclass(frozen=True)
class Told:
    """Who hears what goes on.

    Attributes:
        step: Called with what takes time.
        note: Called with what is not as wished.
    """

    step: Callable[[str], object]
    note: Callable[[str], object]


@dataclass(frozen=True)
class Base:
    """The machine that inits start from.

    Attributes:
        saved: The machine.
        slowness: How many times as long as here all work takes there.
        changed: Paths of files that have changed since it was made.
        removed: Paths of those that are not there any more.
        files: All files.
    """

    saved: Saved
    slowness: float
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    files: Files

    def start(self, options: Options) -> Machine:
        """Start a machine that can be saved.

        Raises:
            MachineError: It does not start.
        """
        machine = continued(self.saved, is_kept=True)
        try:
            machine.begin(time.time())
            for path in self.removed:
                machine.order(b"D", path.encode())
            for path in self.changed:
                machine.order(b"F", self._file(path))
            if options.host_ports:
                machine.order(b"H", json.dumps(options.host_ports).encode())
        except BaseException:
            machine.end()
            raise
        return machine

    def _file(self, path: str) -> bytes:
        if path in self.files.links:
            return json.dumps([path, None, 0]).encode() + b"\n" + self.files.links[path].encode()
        if path in self.files.folders:
            return json.dumps([path, "folder", 0]).encode() + b"\n"
        source = self.files.files[path]
        facts = source.stat()
        return (
            json.dumps([path, readable_mode(facts), facts.st_mtime]).encode()
            + b"\n"
            + source.read_bytes()
        )


def base(
    options: Options,
    folders: Collection[str],
    environment: Mapping[str, str],
    told: Told,
    modules_of: Collection[str] = (),
) -> Base:
    """Return the machine to start from: a kept one, or one that is booted now.

    Args:
        options: What the user has chosen.
        folders: What has to be there beside Python and its path.
        environment: The variables that Python gets.
        told: Hears what goes on.
        modules_of: Folders of which only that has to be there that can be imported.

    Raises:
        MissingError: Something is not there that this needs.
        MachineError: The machine does not start.
    """
    qemu = program()
    chosen = kernel(options.kernel)
    drivers = _drivers(options, chosen, told)
    path = _path(environment)
    found = files(path, environment)
    for folder in folders:
        found.add(folder)
    for folder in modules_of:
        found.add_modules(folder)
    places = [path, [*folders], sorted(modules_of)]
    has_network = options.has_network and drivers is not None
    key = _key(qemu, chosen, options.memory, has_network, places)
    with ExitStack() as stack:
        kept = cache.find(key) if options.is_cached else None
        if kept:
            stack.callback(kept.memory.close)
        known = _add_libraries(found, kept.facts if kept else {})
        _tell_unreadable(found, told)
        memory = _memory(options.memory, found, [*path, *folders, *modules_of])
        marks = found.marks()
        if kept:
            changed, removed = _changes(kept.facts["marks"], marks)
            if _are_few(changed, removed, found):
                stack.pop_all()
                made_of = kept.facts["memory"], has_network, kept.facts["is_accelerated"]
                saved = Saved(Setup(chosen, *made_of), kept.memory, kept.state)
                return Base(saved, kept.facts["slowness"], changed, removed, found)
    told.step("booting a virtual machine")
    setup = Setup(chosen, memory, has_network, False)
    saved, slowness = _booted(setup, found, drivers or {}, told)
    if options.is_cached:
        facts = {
            "marks": marks,
            "memory": memory,
            "slowness": slowness,
            "is_accelerated": saved.setup.is_accelerated,
            **known,
        }
        cache.keep(key, saved, facts)
    return Base(saved, slowness, (), (), found)


def _drivers(options: Options, chosen: Kernel, told: Told) -> dict[str, Path] | None:
    """Return the modules that drive the network card; None if there are none.

    Raises:
        MissingError: There are none, and they are needed.
    """
    drivers = modules(chosen, NETWORK) if options.has_network else {}
    if drivers is None:
        problem = f"{chosen.path} has no driver for the network card"
        if options.host_ports:
            raise MissingError(
                f"ports of the host need a network, and {problem}. Choose another kernel"
            )
        told.note(f"no network: {problem}")
    return drivers


def _tell_unreadable(found: Files, told: Told) -> None:
    if found.unreadable:
        others = len(found.unreadable) - 1
        more = f", and {others} more" if others else ""
        told.note(f"not in it, because it cannot be read: {found.unreadable[0]}{more}")


def _add_libraries(found: Files, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Add the libraries that the files need, and return what tells the next time which those are.

    To find them takes longer than all the rest: it starts a program for each file.

    Args:
        found: The files.
        facts: Those of a machine that was kept.
    """
    known = {"objects": objects(found.files), "libraries": facts.get("libraries", [])}
    if known["objects"] != facts.get("objects") or not all(map(os.path.exists, known["libraries"])):
        known["libraries"] = libraries(known["objects"], base_program())
    for library in known["libraries"]:
        found.add(library)
    return known


def _memory(wanted: int | None, found: Files, places: list[str]) -> int:
    """Return how many megabytes a machine gets.

    Raises:
        MissingError: The files are too many for one, or for what was wanted.
    """
    size = found.size() >> 20
    if size > _LARGEST:
        largest = max(places, key=found.size)
        raise MissingError(
            f"the packages and the function have {size} MB, most of it in {largest}, and a "
            f"machine takes {_LARGEST} at most. Rehearse in an environment with only what the "
            "function needs"
        )
    room = found.room() >> 20
    # At the start the archive lies there, too.
    least = size + room + _SYSTEM
    if wanted and wanted < least:
        raise MissingError(
            f"{wanted} MB are too little: with the packages and the function, the machine "
            f"needs {least} or more, and the function's own beside that"
        )
    return wanted or _rounded(max(least, room + _LEAST + _SYSTEM))


def _key(
    qemu: str, chosen: Kernel, memory: int | None, has_network: bool, places: list[list[str]]
) -> str:
    """Return the name of a machine: the same for all that may go on from the same one."""
    parts = [qemu, os.stat(qemu).st_mtime_ns, str(chosen.path), chosen.path.stat().st_mtime_ns]
    parts += [sys.executable, os.environ.get("LD_LIBRARY_PATH", "")]
    guest = hashlib.sha256(_GUEST.read_bytes()).hexdigest()
    told = [*parts, memory, has_network, places, guest]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _rounded(megabytes: int) -> int:
    return -(-megabytes // _STEP) * _STEP


def _path(environment: Mapping[str, str]) -> list[str]:
    """Return the folders in which Python finds modules, with those variables."""
    shown = subprocess.run(
        [sys.executable, "-c", _PATH],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: list[str] = json.loads(shown.stdout.splitlines()[-1])
    return found


def _changes(
    before: dict[str, Any], now: dict[str, list[object]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    changed = tuple(path for path, mark in now.items() if before.get(path) != mark)
    return changed, tuple(path for path in before if path not in now)


def _are_few(changed: tuple[str, ...], removed: tuple[str, ...], found: Files) -> bool:
    size = sum(found.files[path].stat().st_size for path in changed if path in found.files)
    return size <= _CHANGED and len(changed) + len(removed) <= _CHANGES


def _booted(
    setup: Setup, found: Files, drivers: Mapping[str, Path], told: Told
) -> tuple[Saved, float]:
    archive = _archive(setup, found, drivers)
    try:
        machine, slowness = _machine(setup, archive, told)
        try:
            if setup.has_network:
                names = [f"/.machine/modules/{name}" for name in drivers]
                machine.order(b"N", json.dumps(names).encode())
            return machine.save(), slowness
        finally:
            machine.end()
    finally:
        archive.close()


def _machine(setup: Setup, archive: Memory, told: Told) -> tuple[Machine, float]:
    if has_virtualisation():
        try:
            return _started(replace(setup, is_accelerated=True), archive, _QUICK_BOOT)
        except MachineError as problem:
            told.note(f"/dev/kvm does not serve: {problem}")
    return _started(setup, archive, _BOOT)


def _started(setup: Setup, archive: Memory, seconds: float) -> tuple[Machine, float]:
    machine = Machine(setup, Memory.new(setup.memory), archive=archive)
    try:
        took = float(machine.answer(seconds))
    except BaseException:
        machine.end()
        raise
    return machine, 1.0 if setup.is_accelerated else max(1.0, took / speed())


def _archive(setup: Setup, found: Files, drivers: Mapping[str, Path]) -> Memory:
    made = Memory.new(found.size() >> 20)
    with os.fdopen(os.dup(made.descriptor), "wb", 1 << 20) as stream:
        archive = Archive(stream)
        found.write(archive)
        archive.link("/.machine/python", os.path.realpath(base_program()))
        archive.data("/init", b"#!/.machine/python -ISBu\n" + _GUEST.read_bytes(), 0o755)
        settings = {"memory": setup.memory, "line": this_one().link}
        archive.data("/.machine/settings", json.dumps(settings).encode())
        for name, data in found.compiled(_PACKAGE).items():
            archive.data(name, data)
        for name, file in drivers.items():
            archive.data(f"/.machine/modules/{name}", unpacked(file))
        archive.close()
    return made
