"""Draws from numpy's generators, old and new, in an object and as a name.

error shared-random-state app.rng
error shared-random-state app.model.noise
"""

import numpy as np


class Model:
    def __init__(self):
        self.noise = np.random.RandomState()


rng = np.random.default_rng()
model = Model()


def handler(event, context):
    return [float(rng.normal()), float(model.noise.normal())]
