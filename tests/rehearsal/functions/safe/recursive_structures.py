"""Structures that hold themselves, and deep ones."""


class Node:
    def __init__(self):
        self.me = self
        self.children = [self]


node = Node()
circle = []
circle.append(circle)
loop = {"circle": circle}
loop["loop"] = loop
deep = []
for _ in range(50_000):
    deep = [deep]


def recursive():
    return recursive


def late():
    def inner():
        return unbound

    held.append(inner)
    if not held:
        unbound = 1


held = []
late()


def handler(event, context):
    return len(circle)
