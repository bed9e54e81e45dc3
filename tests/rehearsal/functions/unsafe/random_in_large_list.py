"""Generators of many objects, of which the handler uses one.

error shared-random-state app.workers[7].rng
"""

import random


class Worker:
    def __init__(self):
        self.rng = random.Random()


workers = [Worker() for _ in range(600)]


def handler(event, context):
    return workers[7].rng.random()
