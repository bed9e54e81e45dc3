"""Made-up values in iterators and generators, most of which are written in C.

error shared-value app.IDS (inside)
error shared-value app.FRACTIONS (inside)
error shared-value app.STEPS.numbers (inside)
error shared-value app.NODES (inside) (inside)[0]
error shared-value app.SEED (inside)
error shared-value app.TEXTS (inside)[0] (inside)[0]
error shared-value app.PAIRS (inside)[0] (inside)[0]
error shared-value app.BLOCK (inside)[0].stop
"""

import itertools
import random


class Steps:
    def __init__(self):
        self.numbers = itertools.count(random.getrandbits(40), 2)


IDS = itertools.count(random.getrandbits(40))
FRACTIONS = itertools.count(random.random())
STEPS = Steps()
NODES = itertools.cycle([random.getrandbits(40)])
SEED = itertools.repeat(random.getrandbits(40))
TEXTS = map(str, [random.getrandbits(40)])
PAIRS = zip([random.getrandbits(40)], "a")
BLOCK = iter(range(random.getrandbits(40)))


def handler(event, context):
    return "done"
