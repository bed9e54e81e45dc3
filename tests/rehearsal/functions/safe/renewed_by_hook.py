"""Ids at all kinds of places, which a hook renews."""

import functools
import uuid
from dataclasses import dataclass, field

from snapshot_restore_py import register_after_restore


@dataclass
class Client:
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@functools.cache
def token():
    return uuid.uuid4().hex


run_id = uuid.uuid4().hex
client = Client()
known = {uuid.uuid4().hex}
by_id = {uuid.uuid4().hex: 1}
token()


@register_after_restore
def renew():
    global run_id
    run_id = uuid.uuid4().hex
    client.id = uuid.uuid4().hex
    known.clear()
    by_id.clear()
    token.cache_clear()


def handler(event, context):
    return [run_id, client.id, token()]
