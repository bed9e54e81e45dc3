"""A hook calls a coroutine function and does not await it.

error hook-not-awaited app.py:17
"""

from snapshot_restore_py import register_before_snapshot


class Pool:
    async def close(self):
        self.is_closed = True


pool = Pool()


@register_before_snapshot
def close():
    pool.close()


def handler(event, context):
    return 1
