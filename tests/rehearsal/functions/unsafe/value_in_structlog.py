"""Ids bound to a logger and to the context of all loggers.

needs structlog
error shared-value
"""

import uuid

import structlog

structlog.contextvars.bind_contextvars(environment=str(uuid.uuid4()))
log = structlog.get_logger().bind(instance=str(uuid.uuid4()))


def handler(event, context):
    bound = structlog.contextvars.get_contextvars()
    return [bound["environment"], structlog.get_context(log)["instance"]]
