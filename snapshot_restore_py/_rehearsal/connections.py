"""The connections and threads of a function's process."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.reachability import find
from snapshot_restore_py._rehearsal.values import type_name

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.reachability import OwnModules


class Connection:
    """A connection that is open: its kind, the addresses of both ends, and what holds it."""

    def __init__(self, descriptor: int, kind: str, peer: str, local: str) -> None:
        self.descriptor = descriptor
        self.kind = kind
        self.peer = peer
        self.local = local
        self.holder = ""
        self.root = ""

    def as_json(self) -> dict[str, str]:
        """Return all but the descriptor."""
        return {
            "kind": self.kind,
            "peer": self.peer,
            "local": self.local,
            "holder": self.holder,
            "root": self.root,
        }


def connections(own: OwnModules) -> list[Connection]:
    """Return the connections of this process to others, with the objects that hold them."""
    descriptors = [one for one in _descriptors() if _is_socket(one)]
    if not descriptors:
        return []
    opened = [one for one in map(_connection, descriptors) if one]
    ends = {one.local for one in opened}
    # Both ends in this process are copied together: such a connection lives on.
    opened = [one for one in opened if one.peer not in ends]
    _find_holders(opened, own)
    return opened


def _descriptors() -> list[int]:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return sorted(map(int, os.listdir(folder)))
        except OSError:
            continue
    return list(range(256))


def _is_socket(descriptor: int) -> bool:
    from stat import S_ISSOCK

    try:
        return S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:  # the one that listed the folder
        return False


def _connection(descriptor: int) -> Connection | None:
    import socket

    with socket.socket(fileno=os.dup(descriptor)) as copy:
        try:
            peer, local = copy.getpeername(), copy.getsockname()
        except OSError:  # not connected, as a socket that listens
            return None
        if copy.family == getattr(socket, "AF_UNIX", None):
            # A pair of sockets without a name is in this process and its children only.
            address, kind = peer or local, "Unix"
            return Connection(descriptor, kind, _text(address), "") if address else None
        if copy.family not in (socket.AF_INET, socket.AF_INET6):
            return None
        kind = "TCP" if copy.type == socket.SOCK_STREAM else "UDP"
        return Connection(descriptor, kind, _host_and_port(peer), _host_and_port(local))


def _text(address: str | bytes) -> str:
    return address if isinstance(address, str) else address.decode("utf-8", "replace")


def _host_and_port(address: Any) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _find_holders(opened: list[Connection], own: OwnModules) -> None:
    by_descriptor = {one.descriptor: one for one in opened}
    candidates = []
    for value in gc.get_objects():
        descriptor = _descriptor_of(value)
        if descriptor in by_descriptor:
            candidates.append((value, by_descriptor[descriptor]))
    paths = find([value for value, _ in candidates], own)
    for value, connection in candidates:
        path = paths.get(id(value))
        if path and not connection.root:
            connection.root, connection.holder = path.root, type_name(type(path.holder))
        elif not connection.holder:
            connection.holder = type_name(type(value))


def _descriptor_of(value: Any) -> int | None:
    # Of sockets, and of what wraps one outside Python, such as a database's client library.
    method = getattr(type(value), "fileno", None)
    if not callable(method):
        return None
    try:
        descriptor = method(value)
    except Exception:
        return None
    return descriptor if isinstance(descriptor, int) else None


def threads() -> list[dict[str, str]]:
    """Return name and target of the threads that run beside this one."""
    threading: Any = sys.modules.get("threading")
    if threading is None:
        return []
    return [
        {"name": one.name, "target": _target(one)}
        for one in threading.enumerate()
        if one is not threading.current_thread()
    ]


def _target(thread: Any) -> str:
    target: Any = getattr(thread, "_target", None)
    named = target if hasattr(target, "__qualname__") else type(thread)
    return f"{named.__module__}.{named.__qualname__}"
