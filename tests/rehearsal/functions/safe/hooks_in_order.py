"""Hooks by decorator and by call, with arguments, synchronous and asynchronous."""

import asyncio

from snapshot_restore_py import register_after_restore, register_before_snapshot

log = []


@register_before_snapshot
async def close():
    await asyncio.sleep(0)
    log.append("closed")


@register_after_restore
async def connect():
    await asyncio.sleep(0)
    log.append("connected")


register_after_restore(log.append, "first")
register_after_restore(log.append, "second")


def handler(event, context):
    assert log == ["closed", "connected", "first", "second"]
    return log
