"""How much longer the first call after a restore took than the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .records import Restore

_SHORTEST = 0.05  # seconds of a first call that anybody notices
_TIMES = 2  # as long as the second one


def slow_first_call(restores: Sequence[Restore]) -> tuple[float, float] | None:
    """Return the seconds of both calls if the first one was slow in all restores, else None."""
    calls = [
        (one.invocation.seconds, one.second_call.seconds)
        for one in restores
        if one.invocation and one.second_call and one.is_done and not one.second_call.error
    ]
    if calls and all(first >= max(_SHORTEST, _TIMES * second) for first, second in calls):
        return min(calls)
    return None
