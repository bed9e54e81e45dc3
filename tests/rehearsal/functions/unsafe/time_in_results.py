"""Times of the start in results, in the ways people write them: old, but nobody's secret.

warning captured-time
"""

import datetime as dt
from email.utils import formatdate

STARTED = dt.datetime.now(dt.timezone.utc)


def handler(event, context):
    return {
        "iso": STARTED.isoformat(),
        "text": f"up since {STARTED:%H:%M:%S} of {STARTED:%d.%m.%Y}",
        "header": formatdate(STARTED.timestamp(), usegmt=True),
        "seconds": STARTED.timestamp(),
        "milliseconds": int(STARTED.timestamp() * 1000),
    }
