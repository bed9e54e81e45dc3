"""The context of all loggers is emptied and filled anew by each invocation.

needs structlog
"""

import json
import uuid

import structlog

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.JSONRenderer(serializer=json.dumps),
    ],
    cache_logger_on_first_use=True,
)
log = structlog.get_logger("orders").bind(service="orders")
log.info("loaded")


def handler(event, context):
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation=str(uuid.uuid4()))
    log.info("called")
    return structlog.contextvars.get_contextvars()["correlation"]
