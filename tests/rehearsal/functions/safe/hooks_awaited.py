"""Hooks that run coroutines to their end, in the ways that work."""

import asyncio

from snapshot_restore_py import register_after_restore, register_before_snapshot


class Pool:
    async def close(self):
        self.is_closed = True


pool = Pool()
register_before_snapshot(pool.close)


@register_before_snapshot
async def close():
    await pool.close()


@register_after_restore
def open_again():
    asyncio.run(pool.close())


def handler(event, context):
    return 1
