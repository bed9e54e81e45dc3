"""The same for an asynchronous hook.

error hook-failed app.py:9
"""

from snapshot_restore_py import register_before_snapshot


@register_before_snapshot
async def close():
    raise ConnectionError("the pool is closed already")


def handler(event, context):
    return True
