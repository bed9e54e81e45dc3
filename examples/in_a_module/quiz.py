"""Draws the questions of a quiz."""

import random

from snapshot_restore_py import register_after_restore

_random = random.Random()


@register_after_restore
def reseed():
    """Start a new sequence: the one in the snapshot goes on alike in all environments."""
    _random.seed()


def draw(count):
    return [f"{_random.randint(11, 99)} x {_random.randint(11, 99)}" for _ in range(count)]
