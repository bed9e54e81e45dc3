"""Each way to read a variable.

env AWS_ACCESS_KEY_ID=AKIAEXAMPLE AWS_SECRET_ACCESS_KEY=example
error missing-in-lambda
"""

import operator
import os
from os import environ, getenv

get = operator.itemgetter("AWS_ACCESS_KEY_ID")


def handler(event, context):
    return [
        len(os.environ["AWS_ACCESS_KEY_ID"]),
        len(os.getenv("AWS_SECRET_ACCESS_KEY")),
        len(getenv("AWS_SESSION_TOKEN", "")),
        "AWS_SESSION_TOKEN" in environ,
        len(os.environb[b"AWS_ACCESS_KEY_ID"]),
        len(os.environ.get("AWS_SECRET_ACCESS_KEY")),
        len(get(os.environ)),
        len(environ.pop("AWS_SESSION_TOKEN", "")),
    ]
