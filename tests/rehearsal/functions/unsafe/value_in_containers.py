"""Made-up values deep in lists, tuples, sets, dicts and deques.

error shared-value app.NESTED['shards'][1]['id']
error shared-value app.PAIR[1]
error shared-value app.NAMES{}
error shared-value app.BY_ID[]
error shared-value app.RECENT[0]
"""

import uuid
from collections import deque

NESTED = {"shards": [{"id": "constant"}, {"id": uuid.uuid4().hex}]}
PAIR = ("constant", uuid.uuid4().hex)
NAMES = {"one", "two", uuid.uuid4().hex}
BY_ID = {uuid.uuid4().hex: "job", "other": "constant"}
RECENT = deque([uuid.uuid4().hex])


def handler(event, context):
    return len(NAMES)
