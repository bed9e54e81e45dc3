"""Rows drawn by a seed that stands in the code: the same ones everywhere, as is meant.

needs pandas
"""

import pandas as pd

rows = pd.DataFrame({"item": ["tea", "milk", "bread", "salt"] * 5, "price": range(20)})
TRAIN = rows.sample(frac=0.5, random_state=7)
TEST = rows.drop(TRAIN.index)


def handler(event, context):
    return rows.sample(n=3, random_state=42)["price"].tolist(), len(TEST)
