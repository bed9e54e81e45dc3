"""The same with httpx.

needs httpx
warning shared-value
"""

import uuid

import httpx

client = httpx.Client(
    base_url="https://api.example.com", headers={"x-correlation-id": str(uuid.uuid4())}
)


def handler(event, context):
    return str(client.base_url)
