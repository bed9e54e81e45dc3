"""What the function's processes tell, as records."""

from __future__ import annotations

from typing import Any

from snapshot_restore_py._rehearsal.evidence.records import (
    Client,
    Connection,
    Draw,
    Expiring,
    Failure,
    Fetch,
    Frame,
    HookPlace,
    Import,
    Outcome,
    Pending,
    PluginRow,
    Process,
    Profile,
    Read,
    Snapshot,
    Thread,
    Value,
)


def snapshot(event: dict[str, Any]) -> Snapshot:
    """Return what the event "snapshot" tells."""
    return Snapshot(
        event["seconds"],
        event["clocks"],
        values(event["values"]),
        event["generators"],
        tuple(Connection(**one) for one in event["connections"]),
        tuple(Thread(**one) for one in event["threads"]),
        tuple(Process(**one) for one in event["processes"]),
        event["missing"],
        {phase: tuple(map(hook_place, places)) for phase, places in event["twice"].items()},
        event["cut"],
        event["copies"],
        reads(event),
        expiring(event),
        fetches(event),
        event["data"],
        event["renewing"],
        event["files"],
        [Pending(*one) for one in event["pending"]],
    )


def failure(event: dict[str, Any]) -> Failure | None:
    """Return what failed, as an event tells it; None if nothing did."""
    found = event.get("failure")
    return _failure(found) if found else None


def caught(event: dict[str, Any]) -> list[Failure]:
    """Return what the handler has caught, as an event tells it."""
    return [_failure(one) for one in event["caught"]]


def _failure(found: dict[str, Any]) -> Failure:
    return Failure(found["error"], found["names"], found["reach"], found["server"])


def reads(event: dict[str, Any]) -> list[Read]:
    """Return where variables were read, as an event tells it."""
    return [Read(*one) for one in event["reads"]]


def expiring(event: dict[str, Any]) -> list[Expiring]:
    """Return what ends, as an event tells it."""
    return [Expiring(*one) for one in event["expiring"]]


def imports(event: dict[str, Any]) -> list[Import]:
    """Return the modules that were imported, as an event tells it."""
    return [Import(*one) for one in event["imports"]]


def profile(event: dict[str, Any]) -> Profile:
    """Return what the event "profiled" tells."""
    draws = (
        Draw(
            path,
            Frame(*own[0]) if own else None,
            Frame(*library[0]) if library else None,
            is_text,
        )
        for path, own, library, is_text in event["draws"]
    )
    return Profile(tuple(draws), tuple(Client(*one) for one in event["clients"]))


def fetches(event: dict[str, Any]) -> list[Fetch]:
    """Return who asked which servers, as an event tells it."""
    return [
        Fetch(server, tuple(Frame(*frame) for frame in frames))
        for server, frames in event["fetches"]
    ]


def outcome(event: dict[str, Any]) -> Outcome:
    """Return what the event "compared" tells."""
    explained = frozenset(event["explained"])
    return Outcome(values(event["parts"]), event["places"], event["is_cut"], explained)


def values(found: dict[str, list[Any]]) -> dict[str, Value]:
    """Return the values that an event tells, by path."""
    return {path: Value(*facts) for path, facts in found.items()}


def hook_place(event: dict[str, Any]) -> HookPlace:
    """Return the hook that an event tells."""
    return HookPlace(event["name"], event["plugin"], event["file"], event["line"])


def plugin_row(row: dict[str, Any]) -> PluginRow:
    """Return the plugin that an event tells."""
    return PluginRow(row["name"], row["distribution"], row["version"], row["status"], row["error"])
