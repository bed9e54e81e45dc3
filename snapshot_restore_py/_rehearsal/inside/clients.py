"""Notes which clients are made: those of SDKs, of databases, of web sites."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.kinds import ancestors, type_name
from snapshot_restore_py._rehearsal.inside.profiler import (
    callers,
    module_of_frame,
    own_place,
)

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules
    from snapshot_restore_py._rehearsal.inside.profiler import Place, Profiler

_CLIENT = re.compile("(Client|Session|Engine|Channel|Producer|Consumer|Redis|Valkey)$")
_MOST = 100


class Clients:
    """Notes the clients that a profiler sees being made, told by the names of their classes.

    Those that are made for another one are left out: while that is initialised, or at an own line
    that got that one, or at which just that one is called a client.

    Args:
        own: The function's modules.
    """

    def __init__(self, own: OwnModules) -> None:
        self._own = own
        self._making: dict[Any, _Made] = {}  # by the frame of `__init__`
        self._made: list[_Made] = []

    def hear(self, profiler: Profiler, frame: Any, event: str, argument: Any) -> None:
        """Note the clients that are made."""
        code = frame.f_code
        if event == "call" and code.co_name == "__init__" and code.co_argcount:
            if self._begin(frame, frame.f_locals.get(code.co_varnames[0])):
                profiler.awaited.setdefault(frame, [])
        elif event == "return":
            made = self._making.pop(frame, None)
            if made and len(self._made) < _MOST:
                self._made.append(made)
            if self._own.has(module_of_frame(frame.f_back)):
                got = made.client if made else argument
                for one in self._made:
                    one.is_got = one.is_got or one.client is got

    def _begin(self, frame: Any, client: Any) -> bool:
        """Tell whether a frame initialises a client."""
        names = [type_name(one) for one in ancestors(type(client))]
        within = any(one in self._making for one in callers(frame))
        if within or not any(map(_CLIENT.search, names)):
            return False
        made = _Made(client, names[0], own_place(self._own, frame.f_back))
        made.is_called_client = any(name.endswith("Client") for name in names)
        self._making[frame] = made
        return True

    def as_json(self) -> list[list[Any]]:
        """Return the clients as `records.Client` takes them."""
        best: dict[tuple[str, int], int] = {}
        for one in self._made:
            best[one.line] = max(best.get(one.line, one.rank), one.rank)
        return [[one.kind, *one.line] for one in self._made if one.rank == best[one.line]]


class _Made:
    """A client.

    Attributes:
        client: The object itself.
        kind: Its class.
        line: File and line of own code that waited for it; empty and 0 if none did.
        is_got: Whether own code got it, as the result of a call.
        is_called_client: Whether it, or a class that it is derived from, is called so.
    """

    def __init__(self, client: Any, kind: str, place: Place | None) -> None:
        self.client = client
        self.kind = kind
        self.line = (place.file, place.line) if place else ("", 0)
        self.is_got = False
        self.is_called_client = False

    @property
    def rank(self) -> int:
        """What is greatest for those of a line that the others are made for."""
        return 2 if self.is_got else int(self.is_called_client)
