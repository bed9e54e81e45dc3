"""Iterators, generators, coroutine functions, context variables."""

import itertools
from contextvars import ContextVar


def numbers():
    yield from range(10)


counter = itertools.count(1)
cycle = itertools.cycle("abc")
running = numbers()
next(running)
lazy = map(str, [1, 2])
current = ContextVar("current", default="nobody")
unset = ContextVar("unset")
token = current.set("init")


async def answer():
    return 42


def handler(event, context):
    return [next(counter), next(running), current.get()]
