"""Draws from a generator of its own.

error shared-random-state app.dice
"""

import random

dice = random.Random()


def handler(event, context):
    return dice.randint(1, 6)
