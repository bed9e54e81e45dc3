"""The same as one part of a longer variable, for libraries that read it.

error shared-value
"""

import os
import socket
import uuid

os.environ.setdefault(
    "OTEL_RESOURCE_ATTRIBUTES", f"service.name=orders,service.instance.id={uuid.uuid4()}"
)
host = socket.gethostname()


def handler(event, context):
    return os.getenv("OTEL_RESOURCE_ATTRIBUTES")
