"""Takes the connections of aiohttp's clients, and its DNS answers, out of the snapshot.

In a restored environment the connections would be dead, and the answers old: their age is
counted on the monotonic clock, which does not count the pause.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_connectors: "list[Any]" = []


def before_snapshot() -> None:
    """Close the connections of all sessions, and empty their DNS caches.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    _connectors.clear()
    if "aiohttp" not in sys.modules:
        return
    from snapshot_restore_py.live_objects import for_each, instances_in

    # They are kept: to look for them after each restore would take too long.
    _connectors.extend(instances_in("aiohttp.connector", "BaseConnector"))
    for_each(_connectors, _empty)
    # What is in no pool now is in use.
    for_each(instances_in("aiohttp.client_proto", "ResponseHandler"), _cut_off)


def after_restore() -> None:
    """Empty the DNS caches again: the loop of another thread may have filled them meanwhile.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if this failed for some.
    """
    if _connectors:
        from snapshot_restore_py.live_objects import for_each

        for_each(_connectors, _forget)


def _empty(connector: "Any") -> None:
    connections = getattr(connector, "_conns", None)
    if connections is None:  # It is half constructed.
        return
    _forget(connector)
    idle = [entry[0] for entries in list(connections.values()) for entry in entries]
    connections.clear()
    from snapshot_restore_py.live_objects import for_each

    # The server may have ended one already.
    for_each([handler for handler in idle if handler.transport is not None], _close)


def _forget(connector: "Any") -> None:
    cache = getattr(connector, "_cached_hosts", None)
    if cache is not None:
        cache.clear()


def _cut_off(handler: "Any") -> None:
    transport = getattr(handler, "transport", None)
    if transport is None or transport.is_closing():
        return
    _close(handler)
    import warnings

    place = transport.get_extra_info("peername")
    warnings.warn(
        f"A connection of aiohttp to {place} is in use. It was closed, because it would be dead "
        "after the restore",
        RuntimeWarning,
        stacklevel=2,
    )


def _close(handler: "Any") -> None:
    from snapshot_restore_py.live_objects import close_transport

    close_transport(handler.transport)
