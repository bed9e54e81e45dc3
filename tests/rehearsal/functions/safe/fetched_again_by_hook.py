"""Answers of the init that are fetched again, or forgotten, after each restore."""

import functools
import os
from urllib.request import urlopen

from snapshot_restore_py import register_after_restore, register_before_snapshot

URL = "http://127.0.0.1:{}/".format(os.environ["PEER_PORT"])


class Client:
    def __init__(self):
        self.greeting = urlopen(URL).read()


def load():
    global KEY
    KEY = urlopen(URL).read()


@functools.lru_cache(maxsize=1)
def cached():
    return urlopen(URL).read()


@register_after_restore
def renew():
    global client
    client = Client()
    SETTINGS["text"] = urlopen(URL).read()
    CACHE.clear()
    cached.cache_clear()


@register_before_snapshot
def forget():
    global FORGOTTEN
    FORGOTTEN = None


load()
cached()
client = Client()
SETTINGS = {"text": urlopen(URL).read()}
CACHE = {"text": urlopen(URL).read()}
FORGOTTEN = urlopen(URL).read()
register_after_restore(load)


def handler(event, context):
    return [KEY, client.greeting, SETTINGS, CACHE, cached(), FORGOTTEN] == []
