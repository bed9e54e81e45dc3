"""Clock readings in all usual units.

warning captured-time app.SECONDS
warning captured-time app.WHOLE_SECONDS
warning captured-time app.MILLISECONDS
warning captured-time app.NANOSECONDS
warning captured-time app.MONOTONIC
warning captured-time app.FIELDS
"""

import time

SECONDS = time.time()
WHOLE_SECONDS = int(SECONDS)
MILLISECONDS = int(SECONDS * 1000)
NANOSECONDS = time.time_ns()
MONOTONIC = time.monotonic()
FIELDS = time.gmtime()


def handler(event, context):
    return time.time() - SECONDS, time.monotonic() - MONOTONIC
