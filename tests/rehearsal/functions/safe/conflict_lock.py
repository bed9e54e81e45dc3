"""A file that one process at a time may hold."""

import fcntl
import os

lock = open(os.path.join(os.path.dirname(__file__), "orders.lock"), "w")
fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def handler(event, context):
    return lock.writable()
