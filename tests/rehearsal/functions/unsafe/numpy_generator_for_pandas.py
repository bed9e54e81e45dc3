"""A generator of numpy that is handed to pandas, which draws from it.

needs pandas
error shared-random-state app.generator
"""

import numpy as np
import pandas as pd

generator = np.random.default_rng()
rows = pd.DataFrame({"price": range(1000)})


def handler(event, context):
    return rows.sample(n=5, random_state=generator)["price"].tolist()
