"""Plugins that could not be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, PluginRow

FAILED = Code(
    "plugin-failed",
    "error",
    "init",
    "a plugin could not be loaded",
    "None of its hooks run; those of the other plugins do.",
    remedy="Read the error: mostly a library is missing or too old, or the entry point names a "
    "module that does not exist. `snapshot-restore plugins` shows the same without a "
    "rehearsal. A plugin that you do not want is switched off with "
    "`SNAPSHOT_RESTORE_PLUGINS=-name`.",
    ignorable="Hardly ever: hooks that somebody relies on do not run. Switch the plugin off "
    "instead, so that the choice is written down.",
)
CODES = (FAILED,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for each plugin that could not be loaded."""
    for message in evidence.broken_plugins:
        yield FAILED.finding(
            message,
            "SNAPSHOT_RESTORE_PLUGINS",
            "The import of snapshot_restore_py raised it, so the function does not start.",
            "Mend or update the plugin, or choose others with SNAPSHOT_RESTORE_PLUGINS.",
        )
    for plugin in evidence.first.plugins:
        if plugin.status == "failed":
            yield _failed(plugin)


def _failed(plugin: PluginRow) -> Finding:
    where = f"{plugin.distribution} {plugin.version}".strip() or "SNAPSHOT_RESTORE_PLUGINS"
    return FAILED.finding(
        f"the plugin {plugin.name or '(unreadable)'} could not be loaded: {plugin.error}",
        where,
        f"{plugin.error}\nNone of its hooks are registered.",
        f"Mend or update {plugin.distribution or 'the variable'}, or leave the plugin out: "
        f"SNAPSHOT_RESTORE_PLUGINS=-{plugin.name or plugin.distribution}",
    )
