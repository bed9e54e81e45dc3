"""What rehearsals do just now, since when, and how long they took before: in words."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .durations import duration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Callable

_MINUTE = 60


@dataclass
class Watch:
    """How far rehearsals are.

    Attributes:
        count: How many there are.
        before: Seconds that functions took the last time, by name.
        clock: Tells the time in seconds.
    """

    count: int = 1
    before: Mapping[str, float] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    finished: int = field(default=0, init=False)
    _begun: float = field(default=0, init=False)
    _now: dict[str, tuple[str, float]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._begun = self.clock()

    def step(self, name: str, text: str) -> None:
        """Hear what a function does now."""
        _, begun = self._now.get(name, ("", self.clock()))
        self._now[name] = " ".join(text.split()), begun

    def done(self, name: str) -> None:
        """Hear that a function is done."""
        self.finished += 1
        self._now.pop(name, None)

    def passed(self) -> float:
        """Return the seconds since all of it began."""
        return self.clock() - self._begun

    def text(self) -> str:
        """Return what to show now: a line, or of several functions one more for each."""
        if self.count == 1:
            return "".join(f"{text}: {self._times(name)}" for name, text in self._running())
        lines = [f"{self.finished} of {self.count} done: {_rough(self.passed())}"]
        # What is cut on a narrow terminal is the end.
        lines += [f"{name}: {self._times(name)}: {text}" for name, text in self._running()]
        return "\n".join(lines)

    def _running(self) -> list[tuple[str, str]]:
        return [(name, text) for name, (text, _) in self._now.items()]

    def _times(self, name: str) -> str:
        _, begun = self._now[name]
        last = f"; last time {_rough(self.before[name])}" if name in self.before else ""
        return f"{_rough(self.clock() - begun)}{last}"


def _rough(seconds: float) -> str:
    """Return a duration in whole seconds, which is still to be read while it runs.

    >>> _rough(4.2), _rough(75.8)
    ('4 s', '1 min 16 s')
    """
    whole = round(seconds)
    return duration(whole) if whole >= _MINUTE else f"{whole} s"
