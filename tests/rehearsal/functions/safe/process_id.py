"""The process id in texts and numbers, which all environments have from the init."""

import os
import socket
import threading

PID = os.getpid()
NAME = f"worker-{PID}@{socket.gethostname()}"
NEXT = {PID: "me", f"{PID}": "me too"}
THREAD = threading.get_native_id()
PORTS = list(range(1, 400))
TEXTS = [f"number {number}" for number in range(1, 400)]


def handler(event, context):
    return NAME
