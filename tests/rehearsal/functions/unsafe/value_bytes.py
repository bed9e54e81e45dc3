"""A key for signing, made at the import.

error shared-value app.SIGNING_KEY
"""

import os

SIGNING_KEY = os.urandom(32)


def handler(event, context):
    return SIGNING_KEY.hex()
