"""Deadlines and ages by clocks that do not count the time until the restore, in all units.

warning captured-time app.refresh_at
warning captured-time app.expires_ns
warning captured-time app.ends_ms
warning captured-time app.checked
warning captured-time app.valid_until
warning captured-time app.session.deadline
warning captured-time app.cache['deadline']
warning captured-time app.loop_deadline
"""

import asyncio
import time


class Session:
    def __init__(self):
        self.key, self.deadline = "constant", time.monotonic() + 43.7


loop = asyncio.new_event_loop()
refresh_at = time.perf_counter() + 1234.5
expires_ns = time.monotonic_ns() + 3599 * 10**9
ends_ms = int(time.monotonic() * 1000) + 86_399_000
valid_until = int(time.monotonic()) + 900
checked = time.monotonic() - 60
loop_deadline = loop.time() + 12 * 3600
session = Session()
cache = {"key": "constant", "deadline": time.monotonic() + 3300}


def handler(event, context):
    return time.monotonic() < session.deadline
