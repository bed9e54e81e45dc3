"""A generator of a class of its own, whose attributes cannot be asked for.

error shared-random-state app.dice
"""

import random


class Dice(random.Random):
    def __getattr__(self, name):
        raise RuntimeError(name)

    def getstate(self):
        raise RuntimeError("the state is private")

    def roll(self):
        return 1 + self.getrandbits(2)


dice = Dice()


def handler(event, context):
    return dice.roll()
