"""Forks this process as a snapshot copies it: the copy cannot tell that it is one."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# What the standard library registers to put its own locks and lists of threads in order.
_IN_ORDER = ("threading", "logging")


class Forks:
    """Forks this process without the hooks that no restore runs.

    To be made before the function is imported: it sees what is registered from then on.
    """

    def __init__(self) -> None:
        self._copying = False
        self._getpid, self._kill = os.getpid, os.kill
        self._register = os.register_at_fork
        os.register_at_fork = self._register_at_fork  # type: ignore[assignment]
        self._register(after_in_child=self._has_an_id_of_its_own)

    def _register_at_fork(self, **hooks: Callable[[], object]) -> None:
        for phase, hook in list(hooks.items()):
            # Anything else is refused as ever.
            if callable(hook) and getattr(hook, "__module__", None) not in _IN_ORDER:
                hooks[phase] = self._unless_copying(hook)
        self._register(**hooks)

    def _unless_copying(self, hook: Callable[[], object]) -> Callable[[], object]:
        return lambda: None if self._copying else hook()

    def copy(self) -> int:
        """Return 0 in the copy, and the copy's process id here."""
        self._copying = True
        random: Any = sys.modules.get("random")
        state = random.getstate() if random else None
        with warnings.catch_warnings():
            # Of threads that the copy will not have; the report tells them.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if random and not pid:
            # Imported before this script was, as by a tool that starts with every
            # interpreter, it has reseeded itself.
            random.setstate(state)
        self._copying = False
        return pid

    def _has_an_id_of_its_own(self) -> None:
        """Let a forked process have its own id, unless it is a copy."""
        os.getpid, os.kill = self._getpid, self._kill
        if self._copying:
            self._hold_id(os.getppid())

    def _hold_id(self, held: int) -> None:
        def kill(pid: int, number: int) -> None:
            self._kill(self._getpid() if pid == held else pid, number)

        os.getpid, os.kill = (lambda: held), kill
