"""A thread waits for work; a hook closes what it works with, and it dies of that.

warning thread-died
"""

import threading

from snapshot_restore_py import register_before_snapshot

closing = threading.Event()


def work():
    closing.wait()
    raise ConnectionError("the server has closed the connection")


thread = threading.Thread(target=work, name="worker")
thread.start()


@register_before_snapshot
def close():
    closing.set()
    thread.join()


def handler(event, context):
    return 1
