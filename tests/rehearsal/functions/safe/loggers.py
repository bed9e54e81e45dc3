"""The root logger set up anew, as functions in Lambda do, and loggers of all kinds."""

import json
import logging
import logging.handlers
import os
import queue


class JsonFormatter(logging.Formatter):
    def __init__(self):
        super().__init__()
        self.function = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.pid = os.getpid()

    def format(self, record):
        return json.dumps({"level": record.levelname, "message": record.getMessage()})


root = logging.getLogger()
root.setLevel(logging.INFO)
for found in root.handlers:
    found.setFormatter(JsonFormatter())
logger = logging.getLogger(__name__)
logger.addHandler(logging.handlers.QueueHandler(queue.Queue()))
orders = logging.LoggerAdapter(logger, {"area": "orders"})
records = logging.handlers.MemoryHandler(100)
logger.info("loaded")


def handler(event, context):
    orders.info("called by %s", context.aws_request_id)
    return True
