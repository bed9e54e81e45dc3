"""Finds the sockets of gRPC's core, shuts them down, and lets the channels notice.

No Python object holds these sockets. gRPC's own diagnosis, channelz, knows their addresses,
and so they can be told from those of other libraries without Python objects.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import json
import os
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from snapshot_restore_py.live_objects import for_each, instances_in, shut_down

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Address = tuple[str, int]

_PATIENCE = 5.0
"""How many seconds a channel may take to notice that its connection is gone."""

_SETTLING = 1.0
"""How many seconds channels may take to connect anew by themselves before the snapshot."""

_CONNECTING, _READY = 1, 2  # of grpc_connectivity_state

_gone: set[tuple[Address, Address]] = set()
"""The connections that were shut down last."""

_tasks: list[tuple[Callable[[Any, int], object], Any]] = []
"""The channels, each with the way to wait for a change of its state."""


def disconnect_all() -> None:
    """Shut down the connections of all channels, sync and async.

    Raises:
        CleanUpError: Some channels have not noticed it in time.
    """
    _tasks[:] = [
        *((_watch, one) for one in instances_in("grpc._channel", "Channel")),
        *((_pause, one) for one in instances_in("grpc.aio._channel", "Channel")),
    ]
    disconnect_again()
    _let_settle()


def disconnect_again() -> None:
    """Do the same once more for the channels that were there before the snapshot.

    Raises:
        CleanUpError: Some channels have not noticed it in time.
    """
    _gone.clear()
    if _tasks:
        _gone.update(_connections())
        _shut_down_sockets(_gone)
    for_each(_tasks, lambda task: _wait_until_noticed(*task), lambda task: _described(task[1]))


def _connections() -> Iterator[tuple[Address, Address]]:
    """Yield the local and the remote address of each TCP connection of a channel."""
    core = sys.modules["grpc._cython.cygrpc"]
    start, is_last = 0, False
    while not is_last:
        page = json.loads(core.channelz_get_top_channels(start))
        is_last = page.get("end", False) or not page.get("channel")
        for channel in page.get("channel", ()):
            start = int(channel["ref"]["channelId"]) + 1
            yield from _of_channel(core, channel)


def _of_channel(core: Any, channel: Any) -> Iterator[tuple[Address, Address]]:
    for reference in channel.get("subchannelRef", ()):
        number = int(reference["subchannelId"])
        yield from _of_channel(core, _ask(core.channelz_get_subchannel, number, "subchannel"))
    for reference in channel.get("socketRef", ()):
        found = _ask(core.channelz_get_socket, int(reference["socketId"]), "socket")
        # One that is no TCP connection stays within the machine, and survives the snapshot.
        with contextlib.suppress(KeyError):
            yield _address(found["local"]), _address(found["remote"])


def _ask(question: Callable[[int], Any], number: int, key: str) -> Any:
    # It may have gone since its number was told.
    with contextlib.suppress(ValueError):
        return json.loads(question(number)).get(key, {})
    return {}


def _address(told: Any) -> Address:
    # The names of JSON, and in older versions those of the protocol.
    told = told["tcpipAddress"] if "tcpipAddress" in told else told["tcpip_address"]
    host = base64.b64decode(told["ipAddress"] if "ipAddress" in told else told["ip_address"])
    return _plain(str(ipaddress.ip_address(host))), int(told["port"])


def _plain(host: str) -> str:
    """Return an address in its only form; gRPC's sockets may speak IPv4 by IPv6."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return str(getattr(address, "ipv4_mapped", None) or address)


def _shut_down_sockets(connections: set[tuple[Address, Address]]) -> None:
    # Linux and macOS both have this folder.
    for name in os.listdir("/dev/fd") if connections else ():
        # What is not a connected socket is not meant; the folder's own descriptor is closed now.
        with contextlib.suppress(OSError, ValueError):
            with socket.socket(fileno=os.dup(int(name))) as duplicate:
                ends = duplicate.getsockname(), duplicate.getpeername()
            if ends[0] and tuple((_plain(end[0]), end[1]) for end in ends) in connections:
                shut_down(int(name))


def _wait_until_noticed(wait: Callable[[Any, int], object], channel: Any) -> None:
    deadline = time.monotonic() + _PATIENCE
    for count, _ in enumerate(_moments(wait, channel, _READY)):
        connections = set(_connections())
        if connections and not connections & _gone:
            return  # It has noticed, and is connected anew already.
        if count > 2 and connections and wait is _watch:
            _call(channel)
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"after {_PATIENCE:.0f} seconds it still takes itself for connected. Does it "
                "have the option grpc.enable_channelz=0? Then its connection cannot be found"
            )


def _let_settle() -> None:
    # Some channels connect anew at once. A connection that is half made in the snapshot is dead
    # in the restore too, and channelz does not know it yet.
    deadline = time.monotonic() + _SETTLING
    for wait, channel in _tasks:
        for _ in _moments(wait, channel, _CONNECTING):
            if time.monotonic() > deadline:
                return  # The server does not answer: there is nothing that could be lost.


def _moments(wait: Callable[[Any, int], object], channel: Any, state: int) -> Iterator[None]:
    """Yield from time to time, as long as a channel is in a state."""
    core = getattr(channel, "_channel", None)
    # A sync channel that is closed raises the first of the two, an async one the second.
    with contextlib.suppress(ValueError, sys.modules["grpc._cython.cygrpc"].UsageError):
        while core is not None and core.check_connectivity_state(False) == state:
            yield
            wait(core, state)


def _watch(core: Any, state: int) -> None:
    # Some versions of the core look at their sockets only if somebody waits for something.
    core.watch_connectivity_state(state, time.time() + 0.02)


def _call(channel: Any) -> None:
    # Some versions do not notice even then, if the channel has connected by itself; but they
    # do when they are to send something. A server would know this method.
    with contextlib.suppress(sys.modules["grpc"].RpcError):
        channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=0.02)


def _pause(_: Any, __: int) -> None:
    # Watching it would need its event loop; but a thread of its core looks at its sockets.
    time.sleep(0.001)


def _described(channel: Any) -> str:
    # An async channel does not tell its target in all versions.
    if not hasattr(channel._channel, "segregated_call"):
        return repr(channel)
    return f"{channel!r} to {channel._channel.target().decode()}"
