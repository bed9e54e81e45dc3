"""Notes which lines of the function's own code ask a server."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from _thread import get_ident
from types import FunctionType
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.connections import (
    MOST_DESCRIPTORS,
    descriptors,
    is_socket,
)
from snapshot_restore_py._rehearsal.inside.kinds import (
    ancestors,
    attributes,
    identity,
    member,
    module_of,
    own_dict,
    renews_itself,
)
from snapshot_restore_py._rehearsal.inside.profiler import callers, module_of_frame
from snapshot_restore_py._rehearsal.inside.reachability import names_in

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules

_MOST = 200  # places
_MOST_PARTS = 2000
_ANY = ("0.0.0.0", "::")  # A server with this address has all of this machine.
_CACHED = "_lru_cache_wrapper"
_CLOSING = ("close", "aclose", "disconnect", "dispose", "shutdown", "stop")
_WAITING = ("asyncio", "concurrent", "threading")  # modules by which one waits for threads
_CLOSED_KINDS = (bool, type(None), type, FunctionType, type(sys), type(len))
_COLLECTIONS = (str, bytes, dict, list, tuple, set, frozenset)
_PLAIN_KINDS = (str, bytes, int, float, complex)


class Fetches:
    """Notes who connects or sends a request, by the events that the interpreter audits.

    To be made before the function is imported. What connects in C is not seen.

    Attributes:
        found: The server, and of the function's own code that waits for it: file, line, name
            of the code and its module, the innermost first.
        asked: All servers that anybody tried to reach, without repetitions.

    Args:
        own: The function's modules.
    """

    def __init__(self, own: OwnModules) -> None:
        self.found: list[tuple[str, list[tuple[str, int, str, str]]]] = []
        self.asked: dict[str, None] = {}
        self.is_active = True
        self._own = own
        self._hosts: dict[Any, str] = {}
        self._process = os.getpid()
        self._thread = get_ident()

        def hear(event: str, arguments: tuple[Any, ...]) -> None:
            # An error here would be one of the function's.
            if self.is_active and event in _HEARD:
                with contextlib.suppress(Exception):
                    _HEARD[event](self, *arguments)

        hook: Any = hear
        hook.__cantrace__ = True  # Or what measures coverage does not see it.
        sys.addaudithook(hook)

    def _resolve(self, host: Any, port: Any, *_: Any) -> None:
        name = host.decode("ascii") if isinstance(host, bytes) else host
        self._hosts[port] = str(name)
        self._hosts[str(port)] = str(name)
        self.asked[f"{name}:{port}"] = None

    def _connect(self, connecting: Any, address: Any) -> None:
        import socket

        if connecting.type & 0xF != socket.SOCK_STREAM or self._process != os.getpid():
            return
        if not isinstance(address, tuple):
            self._note(os.fsdecode(address).replace("\0", "@"), address)
        else:
            host = self._hosts.get(address[1]) or self._hosts.get(str(address[1])) or address[0]
            self._note(f"{host}:{address[1]}", address)

    def _send(self, connection: Any, _: Any) -> None:
        if self._process == os.getpid():
            self._note(f"{connection.host}:{connection.port}", connection.sock.getpeername())

    def _note(self, server: str, address: Any) -> None:
        self.asked[server] = None
        frames = self._own_frames(sys._getframe()) + self._waiting()
        known = any(one == frames for _, one in self.found)
        if frames and not known and len(self.found) < _MOST and not _is_within(address):
            self.found.append((server, frames))

    def _own_frames(self, frame: Any) -> list[tuple[str, int, str, str]]:
        return [
            (one.f_code.co_filename, one.f_lineno, one.f_code.co_name, module_of_frame(one))
            for one in callers(frame)
            if self._own.has(module_of_frame(one))
        ]

    def _waiting(self) -> list[tuple[str, int, str, str]]:
        """Return the own code that waits in the main thread for what other threads get."""
        if get_ident() == self._thread:
            return []
        top = sys._current_frames()[self._thread]
        modules = list(map(module_of_frame, callers(top)))
        beyond = itertools.takewhile(lambda one: not self._own.has(one), modules)
        is_waiting = any(one.partition(".")[0] in _WAITING for one in beyond)
        return self._own_frames(top) if is_waiting else []


_HEARD: dict[str, Any] = {
    "socket.getaddrinfo": Fetches._resolve,
    "socket.connect": Fetches._connect,
    "http.client.send": Fetches._send,
}


def _is_within(address: Any) -> bool:
    """Tell whether this process itself is the server."""
    import socket

    for descriptor in filter(is_socket, descriptors()):
        with socket.socket(fileno=os.dup(descriptor)) as copy:
            name = copy.getsockname()
            if name == address or (name[1:2] == address[1:2] and name[0] in _ANY):
                return True
    return False


class Bindings:
    """What the names of the function's modules stand for, to be compared with later."""

    def __init__(self, own: OwnModules) -> None:
        self._own = own
        self._objects = self._current()

    def _current(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, module in self._own.modules().items():
            found.update(names_in(name, module))
        return found

    def data(self) -> list[str]:
        """Return the names that stand for data, and for no client that can get some."""
        return [name for name, one in self._objects.items() if is_data(one)]

    def rebound(self) -> list[str]:
        """Return the names that stand for something else by now, or for what is empty."""
        current = self._current()
        return [
            name
            for name, one in self._objects.items()
            if current.get(name) is not one or _size(one) == 0
        ]


def is_data(value: Any) -> bool:
    """Tell whether an object holds data, and nothing that is to be closed or renews itself."""
    size = _size(value)
    if size is not None and not issubclass(type(value), _COLLECTIONS):
        return size > 0  # of a function's cache
    if size == 0 or issubclass(type(value), _CLOSED_KINDS):
        return False
    if _is_connection(value):
        return False
    if type(value).__name__.endswith("Response"):
        return True
    pending, seen = [value], {identity(value)}
    for one in pending:
        kind = type(one)
        if issubclass(kind, _PLAIN_KINDS) or issubclass(kind, _CLOSED_KINDS):
            continue
        if renews_itself(kind) or any(callable(member(kind, name)) for name in _CLOSING):
            return False
        if issubclass(kind, dict):
            parts = [*dict.values(one)]
        elif issubclass(kind, (list, tuple, set, frozenset)):
            parts = [*one] if kind in (list, tuple, set, frozenset) else []
        else:
            parts = []
        for part in (*parts, *attributes(one).values()):
            if identity(part) not in seen and len(pending) < _MOST_PARTS:
                seen.add(identity(part))
                pending.append(part)
    return True


def _is_connection(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST_DESCRIPTORS and is_socket(value)


def _size(value: Any) -> int | None:
    """Return how many elements are in a collection, or in a function's cache; else None."""
    if type(value) in _COLLECTIONS:
        return len(value)
    if type(value).__name__ == _CACHED:
        return int(value.cache_info().currsize)
    # As cachetools does it.
    is_cached = type(value) is FunctionType or module_of(type(value)).startswith("cachetools.")
    cache: Any = own_dict(value).get("cache") if is_cached else None
    if issubclass(type(cache), dict):
        return dict.__len__(cache)
    # What others call a cache may have no size.
    is_sized = any(module_of(one) == "cachetools" for one in ancestors(type(cache)))
    return len(cache) if is_sized else None
