"""The connections and threads of a function's process."""

from __future__ import annotations

import _thread
import os
import sys
from functools import partial
from types import FunctionType, MethodDescriptorType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import (
    ancestors,
    attributes,
    identity,
    member,
    module_of,
    objects,
    of_kinds,
    own_dict,
    type_name,
)
from snapshot_restore_py._rehearsal.inside.ownership import all_modules
from snapshot_restore_py._rehearsal.inside.reachability import Search

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules
    from snapshot_restore_py._rehearsal.inside.reachability import Path

_CLOSING = ("close", "disconnect", "dispose", "shutdown", "stop")
_LOOPS = ("asyncio", "uvloop")
_ASYNCHRONOUS = 0x20 | 0x80 | 0x200  # a generator, a coroutine, or both
MOST_DESCRIPTORS = 4096
_OPEN = "/proc/self/fd"  # has the descriptors that are open, on Linux
_listed = os.listdir  # The function may replace it.


class Connection:
    """A connection that is open: its kind, the addresses of both ends, and what holds it.

    Attributes:
        holder: The class of the object that holds it; empty if Python does not see it.
        root: The name that leads to it, as in `app.cache`; empty if there is none.
        closing: The method that seems to close what the root names; empty if there is none,
            or if the name is a library's.
        modules: Those of the classes on the way from the root to the connection.
    """

    def __init__(self, descriptor: int, kind: str, peer: str, local: str) -> None:
        self.descriptor = descriptor
        self.kind = kind
        self.peer = peer
        self.local = local
        self.holder = ""
        self.root = ""
        self.closing = ""
        self.modules: list[str] = []

    def as_json(self) -> dict[str, Any]:
        """Return all but the descriptor."""
        return {name: value for name, value in vars(self).items() if name != "descriptor"}


def connections(own: OwnModules) -> list[Connection]:
    """Return the connections of this process to others, with the objects that hold them."""
    sockets = [*filter(is_socket, descriptors())]
    if not sockets:
        return []
    opened = [one for one in map(_connection, sockets) if one]
    ends = {one.local for one in opened}
    # Both ends in this process are copied together: such a connection lives on.
    opened = [one for one in opened if one.peer not in ends]
    if opened:
        _find_holders(opened, own.modules())
    return opened


def descriptors() -> list[int]:
    """Return the descriptors that may be open, the lowest first."""
    try:
        names = _listed(_OPEN)
    except OSError:  # The system has no such folder: to ask for each takes some milliseconds.
        return list(range(MOST_DESCRIPTORS))
    return sorted(one for one in map(int, names) if one < MOST_DESCRIPTORS)


def is_socket(descriptor: int) -> bool:
    """Tell whether a descriptor is open, and a socket's."""
    from stat import S_ISSOCK

    try:
        return S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:  # not open
        return False


def _connection(descriptor: int) -> Connection | None:
    import socket

    with socket.socket(fileno=os.dup(descriptor)) as copy:
        try:
            peer, local = copy.getpeername(), copy.getsockname()
            is_within = copy.family == socket.AF_UNIX and _peer_process(copy) == os.getpid()
        except OSError:  # not connected, as a socket that listens
            return None
        if copy.family == socket.AF_UNIX:
            # The end of a pair has no name, nor has the client's end for a server.
            if is_within or not peer:
                return None
            return Connection(descriptor, "Unix", os.fsdecode(peer).replace("\0", "@"), "")
        if copy.family not in (socket.AF_INET, socket.AF_INET6):
            return None
        kind = "TCP" if copy.type == socket.SOCK_STREAM else "UDP"
        if kind == "UDP" and (peer[0].startswith("127.") or peer[0] == "::1"):
            return None  # There is nothing to lose.
        return Connection(descriptor, kind, _host_and_port(peer), _host_and_port(local))


def _peer_process(copy: Any) -> int:
    """Return the id of the process at the other end of a Unix socket."""
    # The first or only number of what these tell: SO_PEERCRED, and LOCAL_PEERPID on macOS.
    level, option = (0, 2) if sys.platform == "darwin" else (1, 17)
    return int.from_bytes(copy.getsockopt(level, option, 4), sys.byteorder)


def _host_and_port(address: Any) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _find_holders(opened: list[Connection], own: dict[str, ModuleType]) -> None:
    missing = {one.descriptor: one for one in opened}
    # What libraries have written in Python may do anything to tell its descriptor, so it
    # is asked only for what the interpreter's own objects do not explain.
    for is_asked in (_is_compiled, _is_of_library):
        candidates = []
        for value in of_kinds(objects(), partial(is_asked, own)):
            descriptor = _asked(member(type(value), "fileno"), value)
            if descriptor in missing:
                candidates.append((value, missing[descriptor]))
        _find_paths(candidates, own)
        for _, connection in candidates:
            missing.pop(connection.descriptor, None)


def _find_paths(candidates: list[tuple[Any, Connection]], own: dict[str, ModuleType]) -> None:
    # An event loop leads to all connections of asyncio. It owns none.
    loops = of_kinds(objects(), _is_loop)
    for modules, closed in ((own, loops), (own, []), (all_modules(), [])):
        left = [(value, connection) for value, connection in candidates if not connection.root]
        paths = Search([value for value, _ in left], modules, closed).paths()
        for value, connection in left:
            path = paths.get(identity(value))
            if path and not connection.root:
                connection.root = path.root
                connection.holder = type_name(type(path.holder))
                found = dict.fromkeys(module_of(type(one)) for one in path.steps)
                connection.modules = list(found)
                if modules is own:
                    connection.closing = _closing_method(path)
    for value, connection in candidates:
        if not connection.holder:
            connection.holder = type_name(type(value))
            connection.modules = [module_of(type(value))]


def _closing_method(path: Path) -> str:
    """Return the method that closes what a name stands for; empty if that is not sure."""
    if any(module_of(type(one)).partition(".")[0] in _LOOPS for one in path.steps):
        return ""  # It would close when its loop runs again.
    for name in _CLOSING:
        method = member(type(path.steps[0]), name)
        if callable(method) and not _needs_more(method):
            return name
    return ""


def _needs_more(method: Any) -> bool:
    """Tell whether a method must be awaited, or given something."""
    while type(method) is FunctionType and "__wrapped__" in own_dict(method):
        method = own_dict(method)["__wrapped__"]
    if type(method) is not FunctionType:
        return False
    code, defaults = method.__code__, method.__defaults__ or ()
    is_more = code.co_argcount - len(defaults) > 1 or code.co_kwonlyargcount > 0
    return is_more or bool(code.co_flags & _ASYNCHRONOUS)


def _is_loop(kind: type) -> bool:
    return any(type_name(one) == "asyncio.events.AbstractEventLoop" for one in ancestors(kind))


def _is_compiled(_: dict[str, ModuleType], kind: type) -> bool:
    # Sockets, files, and what a library in C wraps, such as a database's client.
    return type(member(kind, "fileno")) is MethodDescriptorType


def _is_of_library(own: dict[str, ModuleType], kind: type) -> bool:
    return type(member(kind, "fileno")) is FunctionType and not any(
        module_of(one) in own for one in ancestors(kind)
    )


def _asked(method: Any, value: Any) -> int | None:
    try:
        descriptor = method(value)
    except Exception:  # closed, or half constructed
        return None
    return descriptor if type(descriptor) is int else None


def threads() -> list[dict[str, str]]:
    """Return name and target of the threads that run beside this one."""
    by_ident = threads_by_ident()
    found = []
    for ident, frame in sorted(sys._current_frames().items()):
        if ident != _thread.get_ident():
            thread = by_ident.get(ident)
            if thread is None:  # It was not started by way of `threading`.
                found.append({"name": "", "target": _first_function(frame)})
            else:
                name = str(attributes(thread).get("_name", ""))
                found.append({"name": name, "target": _target(thread)})
    return found


def threads_by_ident() -> dict[Any, Any]:
    """Return the threads that `threading` knows, by their identifiers."""
    threading: Any = sys.modules.get("threading")
    known = [] if threading is None else threading.enumerate()
    return {attributes(one).get("_ident"): one for one in known}


def _first_function(frame: Any) -> str:
    while frame.f_back is not None:
        frame = frame.f_back
    code = frame.f_code
    return f"{frame.f_globals.get('__name__')}.{getattr(code, 'co_qualname', code.co_name)}"


def _target(thread: Any) -> str:
    found = attributes(thread)
    # A timer's work is its function.
    target = found.get("function") or found.get("_target")
    if type(target) is MethodType:
        target = target.__func__
    if type(target) is FunctionType:
        return f"{target.__module__}.{target.__qualname__}"
    return type_name(type(thread))
