"""A made-up value in a context variable, and one that a bound method reaches.

error shared-value app.request_id
error shared-value app.greet.id
"""

import uuid
from contextvars import ContextVar


class Greeter:
    def __init__(self):
        self.id = uuid.uuid4().hex

    def greet(self):
        return self.id


request_id = ContextVar("request_id")
request_id.set(uuid.uuid4().hex)
greet = Greeter().greet


def handler(event, context):
    return greet()
