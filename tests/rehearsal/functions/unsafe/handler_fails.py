"""The handler fails in every restore.

error handler-failed app.py:8
"""


def handler(event, context):
    return event["order"]
