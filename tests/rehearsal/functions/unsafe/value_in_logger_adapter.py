"""An id in the standard library's adapter of a logger.

error shared-value
"""

import logging
import uuid

log = logging.LoggerAdapter(logging.getLogger("orders"), {"instance": uuid.uuid4().hex})


def handler(event, context):
    return log.process("called", {})[1]["extra"]["instance"]
