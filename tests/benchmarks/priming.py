"""Measures what priming saves: first calls in copies of a process that has made them, and not.

Each case is a process that imports, then either primes or does not, takes a snapshot of itself
and lets copies of it make the call. Times are those on the processor, so that other work of
the machine hardly counts. Cases whose library is not installed are left out.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from importlib.util import find_spec

COPIES = 5

# The library, what the init does, and the call.
CASES = {
    "boto3: a call of a client made at init": (
        "boto3",
        """
import boto3
from botocore.stub import Stubber

sqs = boto3.client("sqs", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")

def call():
    with Stubber(sqs) as stubber:
        stubber.add_response("send_message", {"MessageId": "1"})
        sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody="tea")
""",
    ),
    "boto3: the client made in the call": (
        "boto3",
        """
import boto3
from functools import lru_cache

@lru_cache
def client():
    return boto3.client(
        "dynamodb", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )

def call():
    client()
""",
    ),
    "pandas: group, merge and write as JSON": (
        "pandas",
        """
import pandas as pd

rows = pd.DataFrame({"item": ["tea", "milk", "bread", "salt"] * 500, "price": range(2000)})
names = pd.DataFrame({"item": ["tea", "milk"], "name": ["Tea", "Milk"]})

def call():
    rows.groupby("item").sum().reset_index().merge(names).to_json()
""",
    ),
    "pandas: imported in the call": (
        "pandas",
        """
def call():
    import pandas as pd

    pd.DataFrame({"price": [1, 2, 3]}).sum()
""",
    ),
    "jinja2: the first use of a template": (
        "jinja2",
        """
import jinja2

pages = jinja2.Environment(
    loader=jinja2.DictLoader({"order": "{% for one in items %}<li>{{ one|e }}{% endfor %}" * 20})
)

def call():
    pages.get_template("order").render(items=range(10))
""",
    ),
    "FastAPI behind Mangum: the first request": (
        "mangum",
        """
from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()

@app.get("/orders/{number}")
def order(number: int, limit: int = 10):
    return {"number": number, "limit": limit}

handler = Mangum(app, lifespan="off")
EVENT = {
    "version": "2.0", "rawPath": "/orders/7", "rawQueryString": "limit=3", "headers": {},
    "requestContext": {"http": {"method": "GET", "path": "/orders/7", "sourceIp": "127.0.0.1"}},
}

def call():
    assert handler(EVENT, None)["statusCode"] == 200
""",
    ),
}

MEASURED = """
import json, sys, time
from snapshot_restore_py.testing import Snapshot

def measured():
    start = time.process_time()
    call()
    return time.process_time() - start

if sys.argv[1] == "primed":
    call()
with Snapshot() as snapshot:
    print(json.dumps(snapshot.restores(int(sys.argv[2]), measured)))
"""


def milliseconds(init: str, state: str) -> float:
    """Return the median of the call's times in the copies."""
    command = [sys.executable, "-W", "ignore", "-c", init + MEASURED, state, str(COPIES)]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return statistics.median(json.loads(result.stdout)) * 1000


def main() -> None:
    """Print the table."""
    print("| First call of an environment | Not primed | Primed |")
    print("| --- | --- | --- |")
    for name, (library, init) in CASES.items():
        if find_spec(library):
            before, after = (milliseconds(init, state) for state in ("not primed", "primed"))
            print(f"| {name} | {before:.1f} ms | {after:.1f} ms |", flush=True)


if __name__ == "__main__":
    main()
