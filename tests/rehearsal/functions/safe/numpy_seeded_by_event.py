"""A sample that can be repeated, by numpy.

needs numpy
"""

import numpy as np


def handler(event, context):
    np.random.seed(event.get("seed", 42))
    generator = np.random.default_rng(event.get("seed", 42))
    return [float(np.random.rand()), int(generator.integers(1 << 40))]
