"""A generator is an attribute of an object.

error shared-random-state app.sampler.rng
"""

import random


class Sampler:
    def __init__(self, rate):
        self.rate = rate
        self.rng = random.Random()

    def chooses(self):
        return self.rng.random() < self.rate


sampler = Sampler(0.1)


def handler(event, context):
    return sampler.chooses()
