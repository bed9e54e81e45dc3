"""The life of a rehearsed function, stretch by stretch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.evidence.records import HookRun, Invocation, Phase

    from .report import Report


@dataclass(frozen=True)
class Stretch:
    """A stretch of the function's life, or a heading for those below it.

    Attributes:
        title: What it is, as in `before the snapshot`.
        depth: 1 for what stands below a restore's heading, else 0.
        start: Seconds after the start of the init, as if all restores started at once.
        seconds: How long it took; None if it did not finish, or is a moment or a heading.
        finished: Whether it came to its end.
        hooks: The hooks that were run in it.
        invocation: What came of the handler, if it is that.
    """

    title: str
    depth: int
    start: float
    seconds: float | None = None
    finished: bool = True
    hooks: tuple[HookRun, ...] = ()
    invocation: Invocation | None = None

    @property
    def end(self) -> float:
        """Seconds after the start of the init."""
        return self.start + (self.seconds or 0)


def timeline(report: Report) -> Iterator[Stretch]:
    """Yield the whole life of the function in the order in which it is told."""
    init = _of_phase("init", 0, 0, report.init)
    before = _of_phase("before the snapshot", 0, init.end, report.before_snapshot)
    yield from (init, before)
    if before.finished:
        failed = any(hook.error for hook in before.hooks)
        yield Stretch("snapshot", 0, before.end, finished=not failed)
    for index, phase in enumerate(report.after_restore):
        yield Stretch(f"restore {index + 1}", 0, before.end)
        after = _of_phase("after-restore hooks", 1, before.end, phase)
        yield after
        if index < len(report.invoke):
            invocation = report.invoke[index]
            handler = Stretch("handler", 1, after.end, invocation.seconds, invocation=invocation)
            yield handler
            yield from _second_call(report, index, handler.end)
        else:
            yield Stretch("handler", 1, after.end, finished=False)
    missing = range(len(report.after_restore) + 1, report.restores + 1)
    if missing:
        title = f"restores {missing[0]} to {missing[-1]}"
        if len(missing) == 1:
            title = f"restore {missing[0]}"
        yield Stretch(title, 0, before.end, finished=False)


def _second_call(report: Report, index: int, start: float) -> Iterator[Stretch]:
    again = report.second_calls[index] if index < len(report.second_calls) else None
    if again:
        invocation = again if again.error else None
        yield Stretch("second call", 1, start, again.seconds, invocation=invocation)


def _of_phase(title: str, depth: int, start: float, phase: Phase | None) -> Stretch:
    if phase is None:
        return Stretch(title, depth, start, finished=False)
    return Stretch(title, depth, start, phase.seconds, hooks=phase.hooks)
