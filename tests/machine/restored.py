"""What a test lets run in machines."""

from __future__ import annotations

import ctypes
import os
import threading
import time
import uuid

import snapshot_restore_py

RAN = []


@snapshot_restore_py.register_before_snapshot
def rest():
    RAN.append("before")


@snapshot_restore_py.register_after_restore
def wake():
    RAN.append("after")


def begin():
    worker = threading.Thread(target=time.sleep, args=[1000], daemon=True)
    worker.start()
    return {"id": str(uuid.uuid4()), "began": time.time(), "monotonic": time.monotonic()}


def go_on(begun):
    return {
        "id": begun["id"],
        "ran": RAN,
        "threads": threading.active_count(),
        "passed": time.time() - begun["began"],
        "monotonic": time.monotonic() - begun["monotonic"],
        "up": time.monotonic(),
        "drawn": os.urandom(8).hex(),
        "variable": os.environ.get("A_VARIABLE"),
    }


def fail(_=None):
    print("about to fail")
    raise LookupError("not there")


def end(_=None):
    os._exit(5)


def switch_off(_=None):
    ctypes.CDLL(None).reboot(0x01234567)
    time.sleep(1000)


def wait(_=None):
    time.sleep(1000)


def cannot_be_json(_=None):
    return object()
