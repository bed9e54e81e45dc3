"""Results that are alike or differ, and have nothing to do with the snapshot."""

import datetime as dt
import os
import secrets
import socket
import sys
import tempfile
import threading
import time
import uuid

FOLDER = tempfile.mkdtemp()


def measure():
    started = time.perf_counter()
    sum(range(100_000))
    return (time.perf_counter() - started) * 1000


took_ms = measure()
KINDS = {type(f"Kind{number}", (), {}) for number in range(20)}


def handler(event, context):
    print(f"request {context.aws_request_id} in process {os.getpid()} with {FOLDER}/{handler!r}")
    return {
        "id": str(uuid.uuid4()),
        "day": dt.date.today().isoformat(),
        "hour": dt.datetime.now().strftime("%Y-%m-%d %H:00"),
        "chosen": secrets.choice(["approve-the-order", "reject-the-order"]),
        "flag": secrets.choice([True, False]),
        "digit": secrets.randbelow(10),
        "host": socket.gethostname(),
        "python": sys.version,
        "process": os.getpid(),
        "thread": threading.get_ident(),
        "object": repr(handler),
        "kinds": [kind.__name__ for kind in KINDS],
        "folder": FOLDER,
        "took_ms": took_ms,
        "remaining": context.get_remaining_time_in_millis(),
        "function": context.invoked_function_arn,
    }
