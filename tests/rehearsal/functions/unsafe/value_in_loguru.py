"""An id that a logger adds to each line.

needs loguru
warning shared-value
"""

import uuid

from loguru import logger

log = logger.bind(instance=uuid.uuid4().hex)


def handler(event, context):
    return "ok"
