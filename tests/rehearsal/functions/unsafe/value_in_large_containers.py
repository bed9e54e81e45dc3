"""Made-up values in collections that are too large to tell each element.

error shared-value app.ROWS
error shared-value app.TABLE
error shared-value app.POOL
error shared-value app.ITEMS
"""

import random
import uuid

ROWS = [{"number": number, "id": uuid.uuid4().hex} for number in range(600)]
TABLE = {f"key {number}": uuid.uuid4().hex for number in range(600)}
POOL = {uuid.uuid4().hex for _ in range(600)}


class Item:
    def __init__(self):
        self.id = uuid.uuid4().hex
        self.dice = random.Random(7)


ITEMS = [Item() for _ in range(600)]


def handler(event, context):
    return len(ROWS)
