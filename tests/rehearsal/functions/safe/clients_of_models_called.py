"""Clients of language models, made at the import and called in the handler, without a server.

needs openai anthropic
env OPENAI_API_KEY=example ANTHROPIC_API_KEY=example
"""

import json
import os
import uuid
from functools import lru_cache

import anthropic
import openai

NOWHERE = f"http://127.0.0.1:{os.environ['FREE_PORT']}"


@lru_cache(maxsize=1)
def chat():
    return openai.OpenAI(base_url=f"{NOWHERE}/v1", max_retries=0, timeout=2)


@lru_cache(maxsize=1)
def claude():
    return anthropic.Anthropic(base_url=NOWHERE, max_retries=0, timeout=2)


PROMPT = [{"role": "user", "content": "Answer in one word."}]
SCHEMA = json.dumps({"type": "object", "properties": {"answer": {"type": "string"}}})
chat()
claude()


def handler(event, context):
    key = str(uuid.uuid4())
    failed = []
    try:
        chat().chat.completions.create(
            model="any", messages=PROMPT, extra_headers={"Idempotency-Key": key}
        )
    except openai.APIConnectionError:
        failed.append("chat")
    try:
        claude().messages.create(model="any", messages=PROMPT, max_tokens=10)
    except anthropic.APIConnectionError:
        failed.append("claude")
    return failed, key, len(SCHEMA)
