"""Keeps the registry as it is, with what the plugins have in it, to put it back later."""

from __future__ import annotations

from typing import Any

import snapshot_restore_py
from snapshot_restore_py._loading import loader
from snapshot_restore_py._plugins import PluginState
from snapshot_restore_py._registry import owners

_OF_PACKAGE = ("_before_snapshot_registry", "_after_restore_registry", "_explicit", "_loader")


class SavedRegistry:
    """The registry as it was when this was made: the same objects, with the same content."""

    def __init__(self) -> None:
        self._attributes: list[tuple[Any, str, Any]] = []
        self._contents: list[tuple[Any, Any]] = []
        for name in _OF_PACKAGE:
            self._keep(snapshot_restore_py, name)
        for holder in (loader, owners):
            for name in vars(holder):
                self._keep(holder, name)
        for plugin in loader.plugins:
            for name in PluginState.__slots__:
                self._keep(plugin, name)
            for hooks in plugin.hooks.values():
                self._keep_content(hooks)

    def put_back(self) -> None:
        """Put everything back, whatever has become of it."""
        for holder, name, value in self._attributes:
            setattr(holder, name, value)
        for value, content in self._contents:
            value.clear()
            (value.extend if isinstance(value, list) else value.update)(content)

    def _keep(self, holder: Any, name: str) -> None:
        value = getattr(holder, name)
        self._attributes.append((holder, name, value))
        # Not the package's own namespace, which the loader has too.
        if isinstance(value, (dict, list, set)) and name != "_package":
            self._keep_content(value)

    def _keep_content(self, value: Any) -> None:
        self._contents.append((value, value.copy()))
