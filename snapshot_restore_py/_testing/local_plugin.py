"""Loads a provider as a plugin, as if an installed distribution declared it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import snapshot_restore_py
from snapshot_restore_py._errors import PluginError
from snapshot_restore_py._hooks import PHASES, Hook
from snapshot_restore_py._loading import loader
from snapshot_restore_py._plugins import PluginState, split_value
from snapshot_restore_py._registry import owners, place

if TYPE_CHECKING:
    from snapshot_restore_py._record import Plugin

# What the modules of providers have registered while they were imported here. They do so
# only once in a process, and the registry is put back after each test.
_registered: dict[str, list[tuple[str, Hook]]] = {}


def load(value: str) -> Plugin:
    """Load the provider that the entry point's value `value` names, as the last plugin.

    Raises PluginError if it fails, and ValueError if the value is malformed.
    """
    module, attributes = split_value(value)
    for known in loader.plugins:
        if known.value == value and known.status == "loaded":
            return known.record()
    plugin = PluginState(value.partition("[")[0].strip(), value)
    plugin.module, plugin.attributes = module, attributes
    plugin.rank = len(loader.plugins)
    loader.plugins.append(plugin)
    owners.claim([*owners.plugins, plugin])
    loader.attach(snapshot_restore_py.__dict__)
    _adopt(plugin)
    if module in sys.modules and not any(plugin.hooks.values()):
        for phase, hook in _registered.get(value, ()):
            _place(plugin, phase, hook, hook._module)
    loader.waiting.append(plugin)
    loader._load()
    loader.waiting = [one for one in loader.waiting if one is not plugin]
    if plugin.status != "loaded":
        raise PluginError(
            f"{plugin.describe()} failed, none of its hooks are registered: {plugin.error!r}",
            plugin,
        ) from plugin.error
    _registered[value] = [
        (phase, hook) for phase in PHASES for hook in plugin.hooks[phase] if hook._module
    ]
    return plugin.record()


def _adopt(plugin: PluginState) -> None:
    """Give the plugin the hooks that its modules have registered as explicit ones so far."""
    for phase in PHASES:
        registry: list[Any] = getattr(snapshot_restore_py, f"_{phase}_registry")
        for entry in registry.copy():
            func = entry[0]
            module = getattr(getattr(func, "__wrapped__", func), "__module__", None)
            is_explicit = getattr(entry, "_owner", None) is None
            if is_explicit and isinstance(module, str) and owners.of(module) is plugin:
                registry[:] = [other for other in registry if other is not entry]
                _place(plugin, phase, entry, module)


def _place(plugin: PluginState, phase: str, entry: Any, module: str | None) -> None:
    hook = Hook(entry[:])  # Unpacked, an entry that is logged would give another function.
    hook._module = module
    place(getattr(snapshot_restore_py, f"_{phase}_registry"), phase, hook, plugin)
