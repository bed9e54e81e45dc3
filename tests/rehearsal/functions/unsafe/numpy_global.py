"""Draws from numpy's global generator.

error shared-random-state numpy.random
"""

import numpy as np
import numpy.random  # Newer numpy imports it only when it is used, and seeds it then.


def handler(event, context):
    return np.random.rand(3).tolist()
