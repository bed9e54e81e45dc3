"""Times that code compares with the clock, but never renews, or gives to others, too.

warning captured-time app.BOOT
warning captured-time app.loaded
"""

import time

BOOT = time.time()
rates, loaded = {"eur": 1.1}, time.time()


def current():
    global rates, loaded
    if time.time() - loaded > 60:
        rates, loaded = {"eur": 1.1}, time.time()
    return {**rates, "as_of": int(loaded)}


def handler(event, context):
    return [time.time() - BOOT > 60, len(current())]
