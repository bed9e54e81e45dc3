"""The handler fails with a message that is another one each time: one finding.

error handler-failed app.py:12
"""

import time
import uuid


def handler(event, context):
    order = uuid.uuid4()
    raise LookupError(f"no order {order} at {time.time()}: {object()}")
