"""An id that the init puts into the environment.

error shared-value
"""

import os
import uuid

os.environ["INSTANCE_ID"] = uuid.uuid4().hex


def handler(event, context):
    return {"instance": os.environ["INSTANCE_ID"]}
