"""A logger that adds what each request brings.

needs loguru
"""

import sys

from loguru import logger

logger.remove()
logger.add(sys.stdout, format="{message}", serialize=False)


def handler(event, context):
    with logger.contextualize(stage="test"):
        logger.info("called")
    return "ok"
