import os
import time

EPOCH_MS = 1_700_000_000_000


class Generator:
    """Makes ids of the time, the number of a worker and a count."""

    def __init__(self, worker):
        self._worker = worker << 12
        self._count = 0
        self._last = time.time_ns() // 1_000_000
        self._parent = os.getpid()

    def next(self):
        now = time.time_ns() // 1_000_000
        self._count = (self._count + 1) % 4096 if now == self._last else 0
        self._last = now
        return (now - EPOCH_MS) << 22 | self._worker | self._count


class Gauge:
    """Numbers of its own that a function has not given to it."""

    def __init__(self, share):
        self.share = share
        self.offset = int.from_bytes(os.urandom(2), "big")
