"""A random share of requests that are traced.

error shared-value app.THRESHOLD
"""

import random

THRESHOLD = random.random()


def handler(event, context):
    return THRESHOLD
