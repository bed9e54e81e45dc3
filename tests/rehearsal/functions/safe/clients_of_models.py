"""Clients of two services for language models, with no call.

needs openai anthropic
env OPENAI_API_KEY=example ANTHROPIC_API_KEY=example
"""

import anthropic
import openai

chat = openai.OpenAI(timeout=10, max_retries=1)
batch = openai.AsyncOpenAI()
claude = anthropic.Anthropic()
PROMPT = [{"role": "system", "content": "Answer in one word."}]


def handler(event, context):
    return [chat.max_retries, claude.max_retries, len(PROMPT)]
