"""A large random number.

error shared-value app.NODE
"""

import secrets

NODE = secrets.randbits(63)


def handler(event, context):
    return NODE
