"""Lambda cannot send a coroutine as result.

error handler-failed handler
"""


async def handler(event, context):
    return True
