"""A plan of polars that stands at the import, and is carried out in the handler.

needs polars
"""

import polars as pl

prices = pl.LazyFrame({"item": ["tea", "milk", "bread"], "price": [3, 2, 4]})
plan = prices.filter(pl.col("price") > 2).group_by("item").agg(pl.col("price").sum()).sort("item")


def handler(event, context):
    return plan.collect().rows()
