"""A long text that names where objects lie in memory, and the process."""

import os

LINES = "\n".join(f"{one}: {object()!r}" for one in range(40_000))
SHORT = f"{object()!r} in process {os.getpid()}"
assert len(LINES) > 1_000_000


def handler(event, context):
    return len(LINES)
