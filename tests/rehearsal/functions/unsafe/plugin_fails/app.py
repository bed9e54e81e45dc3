"""An installed plugin cannot be imported; another one works.

error plugin-failed acme-flags 2.1
"""


def handler(event, context):
    return True
