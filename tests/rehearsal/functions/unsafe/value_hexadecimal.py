"""A random number that is written as addresses of objects are.

error shared-value app.COOKIE
"""

import secrets

COOKIE = hex(secrets.randbits(60) | 1 << 60)


def handler(event, context):
    return COOKIE
