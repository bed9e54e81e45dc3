"""Clocks that each invocation reads anew, to tell how long something took, and limits."""

import time

TIMEOUT, INTERVAL_NS, LONGEST = 2.5, 300 * 10**9, 86_400
started = time.perf_counter()


class Timer:
    def __init__(self):
        self.begin = self.last = time.monotonic()

    def restart(self):
        self.begin = self.last = time.monotonic()

    def lap(self):
        before, self.last = self.last, time.monotonic()
        return self.last - before


timer = Timer()


def handler(event, context):
    global started
    started = time.perf_counter()
    timer.restart()
    total = sum(range(1000))
    return total if timer.lap() < TIMEOUT and time.perf_counter() - started < LONGEST else 0
