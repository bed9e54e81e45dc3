"""Notes what goes wrong in hooks without an exception that leaves them."""

from __future__ import annotations

import sys
import warnings
from types import CoroutineType
from typing import Any


class Troubles:
    """Hears of coroutines that nobody awaits, and of threads that die of an exception.

    Attributes:
        dropped: The names of the coroutine functions.
        died: Name and error of each thread.
    """

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.died: list[tuple[str, str]] = []
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def listen(self) -> None:
        """Note them from now on."""
        # The interpreter looks up this name where a coroutine is freed that has not begun.
        self._replace(warnings, "_warn_unawaited_coroutine", self._drop)
        threading: Any = sys.modules.get("threading")
        if threading is not None:
            self._replace(threading, "excepthook", self._die)

    def stop(self) -> None:
        """Note no more."""
        for module, name, hear, original in self._replaced:
            if getattr(module, name) is hear:  # The hook may have put its own there.
                setattr(module, name, original)
        self._replaced.clear()

    def returned(self, value: Any) -> None:
        """Note what a hook returned, which nobody takes, if it is a coroutine."""
        if type(value) is CoroutineType:
            self.dropped.append(value.__qualname__)
            value.close()

    def _replace(self, module: Any, name: str, heard: Any) -> None:
        original = getattr(module, name)

        def hear(what: Any) -> None:
            heard(what)
            original(what)

        self._replaced.append((module, name, hear, original))
        setattr(module, name, hear)

    def _drop(self, coroutine: Any) -> None:
        self.dropped.append(coroutine.__qualname__)

    def _die(self, arguments: Any) -> None:
        if not issubclass(arguments.exc_type, SystemExit):
            name = arguments.thread.name if arguments.thread else ""
            self.died.append((name, arguments.exc_type.__name__))
