"""Keys are asked for, and missing ones are taken as a sign of a test.

error missing-in-lambda
"""

import os

is_local = "AWS_SESSION_TOKEN" not in os.environ


def handler(event, context):
    return "printed" if is_local else "sent"
