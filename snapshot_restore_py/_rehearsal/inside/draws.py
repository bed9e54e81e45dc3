"""Notes who draws from random generators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.observation import state_of
from snapshot_restore_py._rehearsal.inside.profiler import (
    Place,
    callers,
    module_of_frame,
    own_place,
)

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules
    from snapshot_restore_py._rehearsal.inside.profiler import Profiler

_MOST_LOOKS = 20_000  # at states: each takes some microseconds
_MOST = 100  # places
_DRAWING = ("random", "getrandbits")  # the methods in C that all others use
_NO_DRAWING = ("seed", "setstate")
_GENERATORS_OWN = ("random", "numpy")  # modules whose code belongs to the generators


class Draws:
    """Notes the draws that a profiler tells of.

    Generators of `random` are drawn from by two methods. Those of numpy do not tell of their
    methods; so whose code ran while their state changed is seen, and so it is for draws that no
    Python code makes.

    Attributes:
        found: The generator's path, the own line, the library that drew, what it returned.

    Args:
        own: The function's modules.
        generators: By path.
    """

    def __init__(self, own: OwnModules, generators: dict[str, Any]) -> None:
        self._own = own
        self._generators = generators
        self._paths = {id(one): path for path, one in generators.items()}
        self._states = {path: state_of(one) for path, one in generators.items()}
        self._explained: set[str] = set()  # those whose next change is known
        self._looks = 0
        self._found: dict[tuple[Any, ...], _Draw] = {}

    @property
    def is_told_too_little(self) -> bool:
        """Whether there are generators that do not tell of their methods."""
        return any(not hasattr(one, "getrandbits") for one in self._generators.values())

    def as_json(self) -> list[list[Any]]:
        """Return the draws as `records.Draw` takes them."""
        return [one.as_json() for one in self._found.values()]

    def hear(self, profiler: Profiler, frame: Any, event: str, argument: Any) -> None:
        """Note what is drawn."""
        if event == "return":
            for draw in profiler.awaited.pop(frame, ()):
                draw.note_result(argument)
        self._look(profiler, frame.f_back if event == "call" else frame)
        path = self._paths.get(id(getattr(argument, "__self__", None)), "")
        method = argument.__name__ if event == "c_call" and path else ""
        if method in _DRAWING or method in _NO_DRAWING:
            self._explained.add(path)
            if method in _DRAWING:
                self._note(profiler, path, frame)

    def _look(self, profiler: Profiler, frame: Any) -> None:
        """Note what has been drawn since the last look, by the code of a frame."""
        for path, one in self._generators.items():
            if self._looks >= _MOST_LOOKS:
                return
            self._looks += 1
            state = state_of(one)
            if state != self._states[path]:
                self._states[path] = state
                if path in self._explained:
                    self._explained.discard(path)
                else:
                    self._note(profiler, path, frame)

    def _note(self, profiler: Profiler, path: str, frame: Any) -> None:
        drawing = next(one for one in callers(frame) if not _is_generators_own(one))
        drawer, own = Place(drawing), own_place(self._own, drawing)
        by_own = self._own.has(drawer.module)
        draw = _Draw(path, own, None if by_own else drawer)
        if draw.key not in self._found and len(self._found) < _MOST:
            self._found[draw.key] = draw
        draw = self._found.get(draw.key, draw)
        profiler.awaited.setdefault(drawing, []).append(draw)


class _Draw:
    """Draws of one generator by the same code."""

    def __init__(self, path: str, own: Place | None, library: Place | None) -> None:
        self._path = path
        self._own = own
        self._library = library
        self.is_text = False

    def note_result(self, result: Any) -> None:
        """Note what the code that drew has returned."""
        self.is_text = self.is_text or isinstance(result, (str, bytes))

    @property
    def key(self) -> tuple[Any, ...]:
        """What is the same for the same code."""
        return self._path, *(tuple(one.as_json()) for one in (self._own, self._library) if one)

    def as_json(self) -> list[Any]:
        """Return the attributes as `records.Draw` takes them."""
        places = [[one.as_json()] if one else [] for one in (self._own, self._library)]
        return [self._path, *places, self.is_text]


def _is_generators_own(frame: Any) -> bool:
    return module_of_frame(frame).partition(".")[0] in _GENERATORS_OWN
