"""How long the hooks of this project's own plugins take where all their libraries are in use.

Whole processes with the libraries of the extra `test`, which has to be installed beside this
interpreter, with an unused client of each kind and two million other objects.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from measuring import ROOT, Target, arguments, install, report

BEFORE, AFTER = 0.5, 0.010  # seconds
_OBJECTS = 2_000_000
_CODE = f"""
import json, time
import aiohttp, aiomysql, asyncmy, asyncpg, boto3, bson, cachetools, cryptography.hazmat.primitives
import faker, grpc, httpx, httpx2, jwt, mysql.connector, numpy.random, psycopg2.pool, psycopg_pool
import pymongo, pymysql, random, redis, requests, sqlalchemy.orm, sqlite3, ssl, tempfile, urllib3
import uuid_utils, valkey
import snapshot_restore_py
from aws_lambda_powertools.utilities import parameters
from opentelemetry.sdk import _logs, metrics, resources, trace
kept = [
    boto3.client("sqs", region_name="eu-west-1"), cachetools.TTLCache(10, 10),
    grpc.insecure_channel("127.0.0.1:1"), httpx.Client(), httpx2.Client(),
    jwt.PyJWKClient("http://127.0.0.1:1"), pymongo.MongoClient(connect=False), redis.Redis(),
    requests.Session(), sqlalchemy.create_engine("sqlite:///"), urllib3.PoolManager(),
    valkey.Valkey(), faker.Faker(), _logs.LoggerProvider(), metrics.MeterProvider(),
    resources.Resource.create(), trace.TracerProvider(),
]
others = [[] for _ in range({_OBJECTS})]
times = {{"before": {{}}, "after": {{}}}}
def run(phase, hooks):
    for func, args, kwargs in hooks:
        start = time.perf_counter()
        func(*args, **kwargs)
        times[phase][func.__module__] = time.perf_counter() - start
run("before", snapshot_restore_py.get_before_snapshot()[::-1])
run("after", snapshot_restore_py.get_after_restore())
print(json.dumps(times))
"""


def _measured(folder: Path) -> dict[str, dict[str, float]]:
    """Return the seconds of each hook, by phase and by the module that has it."""
    unwanted = ("PYTHON", "SNAPSHOT_RESTORE_", "OTEL_")
    environment = {key: text for key, text in os.environ.items() if not key.startswith(unwanted)}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(ROOT)])
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _CODE],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    times: dict[str, dict[str, float]] = json.loads(process.stdout)
    return times


def main() -> int:
    """Measure, print, and return the exit status."""
    options = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for plugin in sorted(ROOT.glob("plugins/*/snapshot_restore_*")):
            install(Path(folder), str(plugin.parent), "--no-deps", "--no-build-isolation")
        rounds = [_measured(Path(folder)) for _ in range(options.rounds)]
    rows = [["", "before the snapshot", "after a restore"]]
    for module in sorted({name for phase in rounds[0].values() for name in phase}):
        cells = [
            f"{median(one[phase][module] for one in rounds) * 1000:.2f}"
            if module in rounds[0][phase]
            else ""
            for phase in ("before", "after")
        ]
        rows.append([module, *cells])
    before, after = (
        median(sum(one[phase].values()) for one in rounds) for phase in ("before", "after")
    )
    rows.append(["all", f"{before * 1000:.2f}", f"{after * 1000:.2f}"])
    targets = [
        Target("all hooks before the snapshot", f"{BEFORE:.1f} s", before / BEFORE, 1.0),
        Target("all hooks after a restore", f"{AFTER * 1000:.0f} ms", after / AFTER, 1.0),
    ]
    title = f"Milliseconds beside {_OBJECTS:,} objects, median of {options.rounds} rounds"
    return report(title, rows, targets, options)


if __name__ == "__main__":
    sys.exit(main())
