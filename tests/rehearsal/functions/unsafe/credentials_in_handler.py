"""The handler signs with keys from the environment.

env AWS_ACCESS_KEY_ID=AKIAEXAMPLE AWS_SECRET_ACCESS_KEY=example
error missing-in-lambda app.py:14
error missing-in-lambda app.py:19
"""

import hashlib
import hmac
import os


def sign(text):
    key = os.environ["AWS_SECRET_ACCESS_KEY"].encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def handler(event, context):
    return sign(os.getenv("AWS_ACCESS_KEY_ID", "") + "/request")
