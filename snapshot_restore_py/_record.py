"""What callers see of a plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Literal

Entry = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]
"""An entry of the registry: a hook, and the arguments of each call."""


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was when the record was made.

    Attributes:
        name: The entry point's name.
        distribution: The name of the distribution that declares it.
        version: The distribution's version; empty if unknown.
        value: The entry point's value, as in `module:attribute`.
        status: "loaded", "failed" or "disabled". Code that asks while a plugin is still to be
            loaded, because a library that it needs is being imported, sees "failed".
        error: Why it failed, or an ImportError that says what it waits for; else None.
        before_snapshot: Its hooks before the snapshot, in the order of the registry.
        after_restore: Its hooks after the restore, in the order of the registry.
        seconds: How long its loading took, with all that it imported.
        modules: The modules that its loading brought in.
    """

    name: str
    distribution: str
    version: str
    value: str
    status: Literal["loaded", "failed", "disabled"]
    error: BaseException | None
    before_snapshot: tuple[Entry, ...]
    after_restore: tuple[Entry, ...]
    seconds: float = 0.0
    modules: tuple[str, ...] = ()
