"""A token that a session sends with each request.

needs PyJWT requests
warning expiring-value
"""

from datetime import datetime, timedelta, timezone

import jwt
import requests

claims = {"sub": "orders", "exp": datetime.now(timezone.utc) + timedelta(hours=1)}
session = requests.Session()
session.headers["Authorization"] = "Bearer " + jwt.encode(
    {**claims}, "a key of at least thirty-two bytes", algorithm="HS256"
)
del claims


def handler(event, context):
    return sorted(session.headers)
