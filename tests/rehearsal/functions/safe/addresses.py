"""Addresses of objects: as dict keys, in texts, in numbers."""

import weakref


class Node:
    def __init__(self, name):
        self.name = name
        self.address = id(self)


nodes = [Node("one"), Node("two")]
by_id = {id(node): node.name for node in nodes}
NAMES = {repr(node) for node in nodes}
TEXT = f"<{nodes[0]!r} and {id(nodes[1])}>"
TEXT_ID = f"client-{id(TEXT)}-{id(nodes)}"
HASHES = {hash(node) for node in nodes} | {hash("text")}
weak = weakref.WeakValueDictionary({"one": nodes[0]})
weak_keys = weakref.WeakKeyDictionary({node: node.name for node in nodes})
reference = weakref.ref(nodes[1])


def handler(event, context):
    return len(by_id)
