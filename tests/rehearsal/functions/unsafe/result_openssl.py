"""Random bytes of OpenSSL, whose generator takes a new seed once an hour.

error shared-result
"""

import ssl

ssl.RAND_bytes(16)


def handler(event, context):
    return ssl.RAND_bytes(16).hex()
