"""The age of an environment, reckoned from the time of its import, by libraries for times.

needs arrow numpy whenever
warning captured-time app.STARTED
warning captured-time app.STATE['since']
warning captured-time app.CLOCK
"""

import arrow
import numpy as np
from whenever import Instant

STARTED = arrow.utcnow()
STATE = {"since": Instant.now()}
CLOCK = np.datetime64("now")
NEVER = np.datetime64("NaT")
RELEASED = arrow.get("2026-01-31T12:00:00+00:00")


def handler(event, context):
    age = arrow.utcnow() - STARTED
    return [age.total_seconds() > 0, Instant.now() > STATE["since"], RELEASED.year, str(NEVER)]
