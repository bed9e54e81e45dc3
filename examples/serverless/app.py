"""Issues tickets whose numbers begin with what this execution environment is called."""

import itertools
import os
import uuid

from snapshot_restore_py import register_after_restore

DESK = os.environ.get("DESK", "none")
environment = uuid.uuid4().hex[:8]
numbers = itertools.count(1)


@register_after_restore
def call_it_anew():
    global environment
    environment = uuid.uuid4().hex[:8]


def handler(event, context):
    return {"desk": DESK, "ticket": f"{environment}-{next(numbers)}"}
