"""Draws from Python's own generator, which was seeded at the import.

error shared-random-state random
"""

import random


def handler(event, context):
    return random.random()
