"""Made-up values in objects of all usual kinds, and in a class.

error shared-value app.plain.id
error shared-value app.record.id
error shared-value app.slotted.id
error shared-value app.space.id
error shared-value app.point.id
error shared-value app.Registry.id
"""

import uuid
from collections import namedtuple
from dataclasses import dataclass, field
from types import SimpleNamespace


def new_id():
    return uuid.uuid4().hex


class Plain:
    def __init__(self):
        self.id = new_id()


@dataclass(frozen=True)
class Record:
    name: str
    id: str = field(default_factory=new_id)


class Slotted:
    __slots__ = ("id", "unset")

    def __init__(self):
        self.id = new_id()


class Registry:
    id = new_id()


Point = namedtuple("Point", "x id")

plain = Plain()
record = Record("constant")
slotted = Slotted()
space = SimpleNamespace(id=new_id(), name="constant")
point = SimpleNamespace(id=Point(1, new_id()).id)


def handler(event, context):
    return plain.id
