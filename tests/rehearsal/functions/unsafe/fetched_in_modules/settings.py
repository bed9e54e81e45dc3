import os
import types
from urllib.request import urlopen

import requests

URL = "http://127.0.0.1:{}/".format(os.environ["PEER_PORT"])
UNUSED = urlopen(URL).read()
TOTAL = b""
LINES = []


class Settings:
    text = urlopen(URL).read()


def yielded():
    yield urlopen(URL).read()


def make():
    return (lambda: urlopen(URL).read())()


KEY: bytes = urlopen(URL).read()


def cached(function):
    def ask():
        return ask.cache["answer"]

    ask.cache = {"answer": function()}
    return ask


@cached
def remembered(): return urlopen(URL).read()  # fmt: skip


YIELDED = list(yielded())
MADE = make()
if TOTAL == b"":
    # As a whole, with its headers.
    with requests.Session() as session: NAME = session.get(URL)  # noqa: E701  # fmt: skip
try:
    TOTAL += urlopen(URL).read()
    if WORD := urlopen(URL).read().decode():
        for line in urlopen(URL): LINES.append(line)  # noqa: E701  # fmt: skip
finally:
    LATER, *_ = [urlopen(URL).read()]
# An object that holds it.
objects = types.SimpleNamespace(text=urlopen(URL).read(), parts=[{1, 2}, ("a",), {"b": len}])
exec(compile("UNSEEN = urlopen(URL).read()", "<template>", "exec"))
