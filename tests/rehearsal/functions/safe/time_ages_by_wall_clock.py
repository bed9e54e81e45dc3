"""Times of loading by the wall clock, which code compares with the clock to load anew."""

import time
from datetime import datetime, timedelta, timezone

TTL = 60
entries = {}
settings = {"limit": 3}
loaded = datetime.now(timezone.utc)


class Flags:
    def __init__(self):
        self.load()

    def load(self):
        self.flags, self.fetched = {"new": True}, time.time()

    def get(self, name):
        age = time.time() - self.fetched
        if age > TTL:
            self.load()
        return self.flags[name]


def entry(name):
    if name in entries:
        stored, value = entries[name]
        if time.time() - stored < TTL:
            return value
    entries[name] = (time.time(), name.upper())
    return entries[name][1]


def limit():
    global loaded, settings
    if datetime.now(timezone.utc) - loaded > timedelta(minutes=5):
        settings, loaded = {"limit": 3}, datetime.now(timezone.utc)
    return settings["limit"]


flags = Flags()
entry("main")


def handler(event, context):
    return [flags.get("new"), entry("main"), limit()]
