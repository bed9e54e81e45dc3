"""Lines of the log go through a queue, which a thread empties.

needs loguru
warning running-thread
"""

import sys

from loguru import logger

logger.remove()
logger.add(sys.stdout, format="{message}", enqueue=True)
logger.info("loaded")
logger.complete()


def handler(event, context):
    logger.info("called")
    return "ok"
