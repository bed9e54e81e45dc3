"""Starts of the init by the wall clock, which only the init uses, to tell how long it took."""

import time
from datetime import datetime

start = time.time()
begun = datetime.now()
TABLE = {number: number * number for number in range(1000)}
print(f"init took {time.time() - start} s, {(datetime.now() - begun).total_seconds()} s")


def handler(event, context):
    return TABLE[3]
