"""How long parts of the init took, in all usual forms."""

import time


def _measure():
    started, wall, whole = time.perf_counter(), time.time(), time.perf_counter_ns()
    return {
        "seconds": time.perf_counter() - started,
        "seconds by the wall": time.time() - wall,
        "load_ms": int((time.perf_counter() - started) * 1000),
        "took": round((time.perf_counter() - started) * 1000, 3),
        "duration_ns": time.perf_counter_ns() - whole,
    }


class Timer:
    def __enter__(self):
        self._start = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.elapsed = time.perf_counter() - self._start
        self.milliseconds = self.elapsed * 1000
        del self._start


TIMES = _measure()
BEGAN, BEGAN_NS = time.perf_counter(), time.monotonic_ns()
STARTED = time.perf_counter()
WORDS = sorted(map(str, range(1000)))
START_UP = time.perf_counter() - STARTED
IN_MS = START_UP * 1000
del STARTED
with Timer() as timer:
    TABLE = sorted(range(1000))
print(f"loaded in {time.perf_counter() - BEGAN:.1f} s, {time.monotonic_ns() - BEGAN_NS} ns")


def handler(event, context):
    return len(TABLE)
