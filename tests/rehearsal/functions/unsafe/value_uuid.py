"""A UUID as an object.

error shared-value app.SESSION
"""

import uuid

SESSION = uuid.uuid4()


def handler(event, context):
    return {"session": str(SESSION)}
