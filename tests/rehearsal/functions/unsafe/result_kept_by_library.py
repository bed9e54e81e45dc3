"""The user agent of a library's object: where it is kept is named.

needs requests
error shared-result
"""

import uuid

import requests.utils

requests.utils.default_user_agent = lambda name=uuid.uuid4().hex: f"orders/{name}"


def handler(event, context):
    return requests.utils.default_headers()["User-Agent"]
