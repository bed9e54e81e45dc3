"""Objects of the standard library with nothing made up in them: buffers, counters, queues."""

import array
import base64
import gzip
import hashlib
import io
import itertools
import logging
import os
import queue
import random
from collections import ChainMap
from datetime import datetime, timedelta

begun = datetime.now()
LOG = io.StringIO()
logging.getLogger("init").addHandler(logging.StreamHandler(LOG))
logging.getLogger("init").warning("%s: loaded in %s", begun, datetime.now() - begun)
logging.getLogger("init").warning("in %.4f ms", (datetime.now() - begun).total_seconds() * 1000)
CLOSED = io.BytesIO(b"constant")
CLOSED.close()
SALT = array.array("d", [1.5, 2.5])
BASE = hashlib.sha256(b"constant")
COUNTS = [itertools.count(5), itertools.count(5, 5), itertools.count(10**20), itertools.count(0.5)]
SETTINGS = ChainMap({"limit": 3}, {"limit": 4})
JOBS = queue.Queue()
JOBS.put("job")
DONE, BATCHES = queue.SimpleQueue(), queue.SimpleQueue()
BATCHES.put(["job"])
BLOCK = iter(range(10, 20))
TTL = timedelta(minutes=5)
PAGE = gzip.compress(b"constant")
ENCODED = base64.b64encode(PAGE).decode()
TOOK = datetime.now() - begun
SPENT = os.times()
DICE = random.SystemRandom()


def handler(event, context):
    with open(os.devnull, "w") as nowhere:
        nowhere.write(f"rolled {DICE.random()}")
    return [next(COUNTS[0]), next(BLOCK), JOBS.qsize(), ENCODED]
