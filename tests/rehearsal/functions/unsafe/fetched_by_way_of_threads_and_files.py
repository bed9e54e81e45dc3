"""Answers of a server that threads have fetched, or that went through files and buffers.

warning fetched-at-init app.py:24
warning fetched-at-init app.py:30
warning fetched-at-init app.py:33
warning fetched-at-init app.py:36
warning fetched-at-init app.py:40
"""

import asyncio
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen, urlretrieve

URL = "http://127.0.0.1:{}/".format(os.environ["PEER_PORT"])
FOLDER = Path(tempfile.mkdtemp())


def get(name):
    # Who waits for the thread keeps what this returns.
    with urlopen(URL + name) as answer:
        return answer.read()


with ThreadPoolExecutor(2) as pool:
    TEXTS = dict(zip("ab", pool.map(get, "ab")))
FIRST_BYTES = asyncio.run(asyncio.to_thread(urlopen, URL)).read(1)

TABLE = str(FOLDER / "table.txt")
urlretrieve(URL, TABLE)
ROWS = open(TABLE).read().split()
MODEL = FOLDER / "model.bin"
with urlopen(URL) as table, open(MODEL, "wb") as out:
    shutil.copyfileobj(table, out)
WEIGHTS = MODEL.read_bytes()
buffer = bytearray(2)
urlopen(URL).readinto(buffer)
PAIR = tuple(buffer)


def handler(event, context):
    return [len(one) for one in (TEXTS, FIRST_BYTES, ROWS, WEIGHTS, PAIR)]
