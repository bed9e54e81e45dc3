"""The plugin snapshot-restore-random seeds the global generators anew.

with snapshot-restore-random
"""

import random

import numpy as np

DECK = list(range(52))
order_number = None


def handler(event, context):
    random.shuffle(DECK)
    return [DECK[0], float(np.random.rand())]
