"""Ids that a session sends with each request.

needs requests
warning shared-value
"""

import uuid

import requests

session = requests.Session()
session.headers.update({"X-Client-Id": str(uuid.uuid4())})
session.params = {"session": uuid.uuid4().hex}


def handler(event, context):
    return len(session.headers)
