"""A cached function of the standard library, called at the import.

error shared-value
"""

import functools
import secrets


@functools.lru_cache(maxsize=8)
def signing_key(tenant):
    return secrets.token_hex(32)


signing_key("acme")


def handler(event, context):
    return signing_key("acme")
