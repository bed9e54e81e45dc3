"""Hooks that are registered twice, or too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, HookPlace, Pending

LATE = Code(
    "late-registration",
    "error",
    "handler",
    "a hook was registered while the handler ran: it will never be called",
    "Lambda runs hooks before the snapshot and after the restore. By the time the handler runs, "
    "both have passed. A module that is imported lazily (Python 3.15) only for its decorators is "
    "never loaded, and nor are its hooks.",
    remedy="Register the hook while the module is imported: at its top level, or in something that "
    "the top level calls. Import a module with hooks eagerly, or use a name of it there.",
    ignorable="Never: the hook is not called. If it is not needed, remove it.",
)
TWICE = Code(
    "registered-twice",
    "warning",
    "snapshot",
    "a hook is registered more than once, with the same arguments",
    "It runs as often as it is registered.",
    remedy="Register it once. Often one module is imported under two names, or an object that "
    "registers its hooks is made twice.",
    ignorable="If it is meant to run twice, or twice does no harm.",
)
CODES = (LATE, TWICE)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each hook that is registered again in its phase, or too late."""
    snapshot = evidence.first.snapshot
    for phase, places in ((snapshot and snapshot.twice) or {}).items():
        for place in places:
            yield _registered_twice(place, phase, source)
    late = {place.name: place for restore in evidence.restores for place in restore.late}
    for place in late.values():
        yield _late_registration(place, source)
    for one in snapshot.pending if snapshot else ():
        yield _not_loaded(one, source)


def _registered_twice(place: HookPlace, phase: str, source: Source) -> Finding:
    return TWICE.finding(
        f"{place.name} is registered more than once as {phase} hook",
        _located(place, source),
        f"plugin: {place.plugin or 'none, it is explicit'}; with the same arguments",
        "Register it once. A module that is imported under two names, or a decorator "
        "and a call for one function, register twice.",
    )


def _late_registration(place: HookPlace, source: Source) -> Finding:
    return LATE.finding(
        f"{place.name} was registered while the handler ran: it will never be called",
        _located(place, source),
        "The registry had one hook more after the handler than before it.",
        "Register it while the module is imported, outside the handler.",
    )


def _not_loaded(pending: Pending, source: Source) -> Finding:
    return LATE.finding(
        f"{pending.module} is imported lazily and has not been loaded: its hooks are not "
        "registered before the snapshot",
        source.shown(pending.file),
        f"imported lazily by {source.shown(pending.importer)}",
        f"Import {pending.module} eagerly: with importlib.import_module({pending.module!r}), or "
        "with an import statement in a module that has no lazy imports.",
    )


def _located(place: HookPlace, source: Source) -> str:
    return source.shown(f"{place.file}:{place.line}") if place.file else place.name
