"""An id of the instance, made at the import.

error shared-value app.INSTANCE_ID
"""

import uuid

INSTANCE_ID = str(uuid.uuid4())


def handler(event, context):
    return INSTANCE_ID
