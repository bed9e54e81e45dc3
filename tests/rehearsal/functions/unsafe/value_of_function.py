"""Made-up values that functions hold: defaults, an attribute, a closure, cached results.

error shared-value app.log (default of run)
error shared-value app.trace (default of run)
error shared-value app.log.run
error shared-value app.tag (variable run)
error shared-value app.token_for() (cached result)
error shared-value app.sized() (cached result)
error shared-value app.Store.connect (default of owner)
error shared-value app.send (partial)[0]
"""

import functools
import uuid


def log(message, run=uuid.uuid4().hex):
    return f"{run} {message}"


def trace(message, *, run=uuid.uuid4().hex):
    return f"{run} {message}"


log.run = uuid.uuid4().hex


def tagger():
    run = uuid.uuid4().hex

    def tag():
        return run

    return tag


tag = tagger()


@functools.cache
def token_for(user):
    return uuid.uuid4().hex


@functools.lru_cache(maxsize=8)
def sized(user):
    return uuid.uuid4().hex


class Store:
    @staticmethod
    def connect(owner=uuid.uuid4().hex):
        return owner


send = functools.partial(log, uuid.uuid4().hex)
token_for("guest")
sized("guest")


def handler(event, context):
    return log("called")
