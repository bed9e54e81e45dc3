"""Generators that the handler does not draw from."""

import random

import numpy as np

dice = random.Random()
rng = np.random.default_rng()
old = np.random.RandomState()
SAMPLE = sorted(random.sample(range(10), 10))


def handler(event, context):
    return SAMPLE
