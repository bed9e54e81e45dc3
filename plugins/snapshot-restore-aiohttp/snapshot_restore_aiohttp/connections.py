"""Closes what connectors hold, and what is lent out, and empties their DNS caches."""

from __future__ import annotations

import warnings
from typing import Any

from snapshot_restore_py.live_objects import close_transport, for_each, instances_in

_connectors: list[Any] = []
"""Those of the snapshot: to look for them after each restore would take too long."""


def close_all() -> None:
    """Close all connections, and empty all DNS caches.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    _connectors[:] = instances_in("aiohttp.connector", "BaseConnector")
    for_each(_connectors, _empty)
    # What is in no pool now is in use.
    for_each(instances_in("aiohttp.client_proto", "ResponseHandler"), _cut_off)


def empty_caches() -> None:
    """Empty the DNS caches of the connectors that were there before the snapshot.

    Raises:
        CleanUpError: For some of them this failed; all the others are done.
    """
    for_each(_connectors, _forget)


def _empty(connector: Any) -> None:
    connections = getattr(connector, "_conns", None)
    if connections is None:  # It is half constructed.
        return
    _forget(connector)
    idle = [entry[0] for entries in list(connections.values()) for entry in entries]
    connections.clear()
    # The server may have ended one already.
    for_each([handler for handler in idle if handler.transport is not None], _close)


def _forget(connector: Any) -> None:
    cache = getattr(connector, "_cached_hosts", None)
    if cache is not None:
        cache.clear()


def _cut_off(handler: Any) -> None:
    transport = getattr(handler, "transport", None)
    if transport is None or transport.is_closing():
        return
    _close(handler)
    place = transport.get_extra_info("peername")
    warnings.warn(
        f"A connection of aiohttp to {place} is in use. It was closed, because it would be dead "
        "after the restore",
        RuntimeWarning,
        stacklevel=2,
    )


def _close(handler: Any) -> None:
    close_transport(handler.transport)
