"""A library beside it declares its hooks in a group whose name is not quite right.

warning plugin-hidden sys.path
"""

import acme


def handler(event, context):
    return acme.answer()
