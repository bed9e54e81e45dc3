"""An executor that was used at the import: its idle threads live on after a restore.

warning running-thread
"""

from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(max_workers=2)
prices = dict(pool.map(lambda name: (name, len(name)), ["tea", "sugar"]))


def handler(event, context):
    return sum(pool.map(prices.get, ["tea", "sugar"]))
