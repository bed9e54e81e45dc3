"""What a function's process writes, by phases: kept, and told while it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.evidence.records import Output

if TYPE_CHECKING:
    from .call import Listener

KEPT = 100_000
"""Bytes of output of a phase that are kept."""


class Writing:
    """What is written since the output was named last.

    Args:
        listener: Hears each line.
        outputs: Where the output of each phase is kept.
    """

    def __init__(self, listener: Listener, outputs: list[Output]) -> None:
        self._listener = listener
        self._outputs = outputs
        self._origin = ""
        self._text = bytearray()
        self._cut = 0
        self._shown = b""

    def name(self, origin: str) -> None:
        """Say where the output comes from that is written from now on."""
        self.close()
        self._origin = origin

    def text(self) -> str:
        """Return what was written since the output was named."""
        return self._text.decode("utf-8", "replace")

    def hear(self, data: bytes) -> None:
        """Take what was written."""
        kept = data[: max(KEPT - len(self._text), 0)]
        self._text += kept
        self._cut += len(data) - len(kept)
        *lines, rest = (self._shown + kept).split(b"\n")
        self._shown = rest
        if lines:
            self._listener.output(self._origin, b"\n".join(lines).decode("utf-8", "replace"))

    def leave_out(self, count: int) -> None:
        """Take that bytes were written which are not there."""
        self._cut += count

    def close(self) -> None:
        """Keep what was written, and tell the rest of it."""
        if self._shown:
            self._listener.output(self._origin, self._shown.decode("utf-8", "replace"))
        if self._cut:
            self._listener.output(self._origin, f"... and {self._cut} bytes more")
        if self._text:
            self._outputs.append(Output(self._origin, self.text(), self._cut))
        self._text, self._cut, self._shown = bytearray(), 0, b""
