"""Answers of a server that are kept in many ways.

warning fetched-at-init app.py:28
warning fetched-at-init app.py:34
warning fetched-at-init app.py:41
warning fetched-at-init app.py:48
warning fetched-at-init app.py:51
warning fetched-at-init app.py:58
warning fetched-at-init app.py:61
warning fetched-at-init app.py:65
warning fetched-at-init app.py:71
warning fetched-at-init app.py:80
warning fetched-at-init app.py:95
"""

import asyncio
import functools
import http.client
import json
import os
from urllib.request import urlopen

URL = "http://127.0.0.1:{}/".format(os.environ["PEER_PORT"])


def load(name):
    # Several lines wait for this one, which is told once for each that keeps what it got.
    answer = urlopen(URL + name)
    body = answer.read().decode()
    return {"text": body}


def raw(name):
    with urlopen(URL + name) as answer:
        return answer.read()


class Client:
    def __init__(self):
        self.limit = 3
        self.greeting = urlopen(URL).read()


@functools.lru_cache(maxsize=1)
def cached():
    if not URL:
        return None
    return urlopen(URL).read()


KEY = urlopen(URL).read()


def set_global():
    global GLOBAL
    # What is only waited for in between is another matter.
    urlopen(URL).close()
    [GLOBAL, *_] = urlopen(URL).read(), 1


os.environ["TEXT"] = urlopen(URL).read().decode()


def fill():
    CACHE.update(text=urlopen(URL).read())


async def streamed():
    port = int(os.environ["PEER_PORT"])
    # Of a connection that is new.
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    text = await reader.read(4)
    writer.close()
    return text


def connected():
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["PEER_PORT"]))
    connection.request("GET", "/")
    text = connection.getresponse().read().decode()
    connection.close()
    return [json.dumps(text)]


CACHE = {}
SETTINGS = load("settings")
TEXTS = [raw(name) for name in ("a", "b")]
client = Client()
cached()
set_global()
fill()
STREAMED = asyncio.run(streamed())
CONNECTED = connected()
client.answer = client.raw = urlopen(URL).read()


def handler(event, context):
    return [len(one) for one in (SETTINGS, TEXTS, KEY, GLOBAL, CACHE, STREAMED, CONNECTED)]
