"""Notes which files are opened for reading."""

from __future__ import annotations

import os
import sys
from typing import Any

_MOST = 100  # files
_CODE = (".py", ".pyc", ".so")


class Opened:
    """Notes the files from `listen` on, but for those of Python's code.

    To be used in a copy: what the interpreter audits is heard until the process ends.

    Attributes:
        found: Their paths, each of them once.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self._is_listening = True

    def listen(self) -> None:
        """Note files from now on."""

        def hear(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "open" and self._is_listening and len(self.found) < _MOST:
                path, mode = arguments[:2]
                if type(path) is str and os.path.isabs(path) and (mode or "r").startswith("r"):
                    self._add(path)

        hook: Any = hear
        hook.__cantrace__ = True  # Or what measures coverage does not see it.
        sys.addaudithook(hook)

    def stop(self) -> None:
        """Note no more files."""
        self._is_listening = False

    def _add(self, path: str) -> None:
        if path not in self.found and not path.endswith(_CODE):
            self.found.append(path)
