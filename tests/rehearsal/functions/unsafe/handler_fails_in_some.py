"""The handler fails in all restores but the first.

error handler-failed app.py:8
"""


def handler(event, context):
    with open("lock", "x", encoding="utf-8"):
        return True
