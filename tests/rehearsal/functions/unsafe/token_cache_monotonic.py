"""A deadline on the clock that does not count the time until the restore.

warning captured-time app.deadline
"""

import time

token = "constant"
deadline = time.monotonic() + 3599


def handler(event, context):
    return token if time.monotonic() < deadline else "renewed"
