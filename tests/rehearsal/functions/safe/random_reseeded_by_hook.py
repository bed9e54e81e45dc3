"""Generators that a hook seeds anew, and one that asks the system each time."""

import random

import numpy as np

from snapshot_restore_py import register_after_restore

dice = random.Random()
system = random.SystemRandom()
rng = np.random.default_rng()


@register_after_restore
def reseed():
    global rng
    random.seed()
    dice.seed()
    rng = np.random.default_rng()


def handler(event, context):
    return [random.random(), dice.random(), system.random(), float(rng.random())]
