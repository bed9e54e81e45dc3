"""Rows that pandas draws with numpy's global generator.

needs pandas
error shared-random-state
"""

import pandas as pd

prizes = pd.DataFrame({"prize": range(100_000)})


def handler(event, context):
    return prizes.sample(3)["prize"].tolist()
