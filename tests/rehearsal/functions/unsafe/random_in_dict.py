"""Generators by name; only the one that the handler draws from is at fault.

error shared-random-state app.generators['names']
"""

import random

generators = {"names": random.Random(), "colours": random.Random()}


def handler(event, context):
    return generators["names"].getrandbits(64)
