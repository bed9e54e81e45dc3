"""A generator that only a function's closure holds.

error shared-random-state app.new_name (variable rng)
"""

import random


def name_maker():
    rng = random.Random()

    def new_name():
        return f"job-{rng.getrandbits(32):08x}"

    return new_name


new_name = name_maker()


def handler(event, context):
    return new_name()
