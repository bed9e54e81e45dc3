"""The same for an asynchronous hook.

error hook-failed app.py:9
"""

from snapshot_restore_py import register_after_restore


@register_after_restore
async def connect():
    raise ConnectionError("nobody answers")


def handler(event, context):
    return True
