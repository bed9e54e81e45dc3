"""Records of a queue, handled at the same time in an event loop; one of them fails.

needs aws-lambda-powertools
"""

import asyncio

from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    EventType,
    async_process_partial_response,
)

processor = AsyncBatchProcessor(event_type=EventType.SQS)


async def record_handler(record):
    await asyncio.sleep(0)
    return int(record.body)


def handler(event, context):
    records = [
        {"messageId": f"message-{body}", "body": body, "eventSource": "aws:sqs"}
        for body in ("1", "2", "three")
    ]
    return async_process_partial_response(
        event={"Records": records},
        record_handler=record_handler,
        processor=processor,
        context=context,
    )
