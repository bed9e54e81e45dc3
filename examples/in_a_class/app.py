"""Greets the user of a session, in the user's language."""

import os

from connections import RedisConnection

sessions = RedisConnection(os.environ["SESSIONS"])
greetings = RedisConnection(os.environ["GREETINGS"])


def handler(event, context):
    name, language = sessions.get(event["session"]).split("/")
    return f"{greetings.get(language)}, {name}!"
