"""A time stamp of the start, and what was reckoned from it; the time to come ends by itself.

warning captured-time app.STARTED
warning captured-time app.START_TEXT
"""

from datetime import datetime, timedelta, timezone

STARTED = datetime.now(timezone.utc)
EXPIRES = STARTED + timedelta(hours=1)
START_TEXT = STARTED.isoformat()


def handler(event, context):
    return EXPIRES.isoformat()
