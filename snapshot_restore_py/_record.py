"""What callers see of a plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from ._plugins import PluginState
    from ._registry import Hook


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was when the record was made.

    Attributes:
        name: The entry point's name.
        distribution: The name of the distribution that declares it.
        version: The distribution's version; empty if unknown.
        value: The entry point's value, as in `module:attribute`.
        status: "loaded", "failed" or "disabled".
        error: Why it failed; None if it did not.
        before_snapshot: Its hooks before the snapshot, in the order of the registry.
        after_restore: Its hooks after the restore, in the order of the registry.
    """

    name: str
    distribution: str
    version: str
    value: str
    status: Literal["loaded", "failed", "disabled"]
    error: BaseException | None
    before_snapshot: tuple[Hook, ...]
    after_restore: tuple[Hook, ...]


def record(state: PluginState) -> Plugin:
    """Return what callers see of a plugin now."""
    return Plugin(
        state.name,
        state.distribution,
        state.version,
        state.value,
        cast("Literal['loaded', 'failed', 'disabled']", state.status),
        state.error,
        tuple(state.hooks["before_snapshot"]),
        tuple(state.hooks["after_restore"]),
    )
