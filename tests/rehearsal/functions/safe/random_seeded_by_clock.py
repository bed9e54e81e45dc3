"""A ticket drawn once, after the handler has seeded the generator with the clock."""

import random
import time

ticket = None


def handler(event, context):
    global ticket
    random.seed(time.time_ns())
    if ticket is None:
        ticket = f"{random.getrandbits(48):012x}"
    return ticket
