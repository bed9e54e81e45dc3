"""A generator that is renewed in forked processes only, which a restore is none of.

error shared-random-state app.generator
"""

import os
import random

generator = random.Random()
os.register_at_fork(after_in_child=generator.seed)


def handler(event, context):
    return generator.randrange(10**12)
