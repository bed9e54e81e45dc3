"""Ids of the init where no name of a module leads to them, but the language itself.

error shared-value app.Order.__init__ (default of number)
error shared-value app.Order.__call__ (default of nonce)
error shared-value app.trace (default)
error shared-value app.local.id
error shared-value app.registry.token
error shared-value app.fields.token
error shared-value app.numbers (variable prefix)
"""

import secrets
import threading
import uuid
from contextvars import ContextVar


class Order:
    def __init__(self, number=uuid.uuid4().hex):
        self.number = number

    def __call__(self, *, nonce=secrets.token_bytes(16)):
        return nonce


class Registry(dict):
    def __init__(self):
        super().__init__()
        self.token = secrets.token_hex(16)


class Fields(list):
    pass


def numbered():
    prefix, number = uuid.uuid4().hex, 0
    while True:
        number += 1
        yield f"{prefix}-{number}"


trace = ContextVar("trace", default=uuid.uuid4())
local = threading.local()
local.id = uuid.uuid4().hex
registry = Registry()
fields = Fields()
fields.token = secrets.token_hex(16)
numbers = numbered()
next(numbers)
ended = numbered()
ended.close()


def handler(event, context):
    next(numbers)
    return len(registry)
