"""A generator that is renewed where the process id is another, which it never is.

error shared-random-state app.generator
"""

import os
import random

generator = random.Random()
owner = os.getpid()


def handler(event, context):
    global owner
    if os.getpid() != owner:
        owner = os.getpid()
        generator.seed()
    return generator.randrange(10**12)
