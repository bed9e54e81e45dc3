"""The environment is handed on as a whole, looked through, or set by the function itself.

env AWS_ACCESS_KEY_ID=AKIAEXAMPLE AWS_SECRET_ACCESS_KEY=example
"""

import os
import subprocess
import sys

SETTINGS = {name: value for name, value in os.environ.items() if name.startswith("ORDERS_")}
NAMES = [name for name in os.environ if name.startswith("ORDERS_")]
MERGED = len(os.environ.copy()) + len(dict(os.environ)) + len(list(os.environ.values()))
os.environ.setdefault("AWS_SESSION_TOKEN", "testing")
assert os.environ["AWS_SESSION_TOKEN"]


def handler(event, context):
    environment = {**os.environ, "ORDERS_MODE": "child"}
    subprocess.run([sys.executable, "-S", "-c", ""], env=environment, check=True)
    return os.environ.get("AWS_REGION"), context.log_group_name, context.log_stream_name
