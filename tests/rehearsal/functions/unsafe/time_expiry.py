"""A token with a date of expiry, fetched at the import and kept.

warning captured-time app.cache['token']['expires']
warning captured-time app.refresh_at
"""

import time

cache = {"token": {"value": "constant", "expires": int(time.time()) + 3600}}
refresh_at = time.time() + 2700.5


def handler(event, context):
    return time.time() < refresh_at
