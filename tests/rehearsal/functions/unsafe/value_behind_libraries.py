"""Made-up values in objects and closures of the function that a library alone knows.

error shared-value app.LOG
error shared-value logging._logRecordFactory (variable number)
"""

import logging
import random


class Instance(logging.Filter):
    def __init__(self):
        super().__init__()
        self.number = random.getrandbits(40)


def factory(made):
    number = random.getrandbits(40)

    def record(*args, **kwargs):
        entry = made(*args, **kwargs)
        entry.instance = number
        return entry

    return record


def only_some():
    number = random.getrandbits(40)
    return lambda record: number > record.lineno


class Forgotten:
    def __init__(self):
        self.itself = self
        self.number = random.getrandbits(40)


logging.getLogger().addFilter(Instance())
logging.setLogRecordFactory(factory(logging.getLogRecordFactory()))
Forgotten()
LOG = logging.getLogger("orders")
LOG.addFilter(only_some())


def handler(event, context):
    return "done"
