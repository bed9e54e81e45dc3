"""A client that sends one made-up id with each request.

needs openai
env OPENAI_API_KEY=example
warning shared-value
"""

import uuid

import openai

client = openai.OpenAI(default_headers={"X-Session-Id": str(uuid.uuid4())})


def handler(event, context):
    return client.max_retries
