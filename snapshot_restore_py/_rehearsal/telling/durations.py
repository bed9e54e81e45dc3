"""Durations as people read them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return a duration in the unit that suits it.

    >>> [duration(seconds) for seconds in (0.0002, 0.012, 1.34, 125)]
    ['<1 ms', '12 ms', '1.3 s', '2 min 5 s']
    """
    milliseconds = round(seconds * 1000)
    if milliseconds < 1:
        return "<1 ms"
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    tenths = round(seconds * 10)
    if tenths < 600:
        return f"{tenths / 10} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
