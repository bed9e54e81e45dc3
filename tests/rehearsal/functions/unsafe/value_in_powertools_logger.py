"""A key that a logger of Powertools adds to each line.

needs aws-lambda-powertools
error shared-value
"""

import uuid

from aws_lambda_powertools import Logger

logger = Logger(service="orders")
logger.append_keys(instance=uuid.uuid4().hex)


def handler(event, context):
    logger.info("called")
    return "ok"
