"""Threads that have ended before the snapshot: a hook stopped them, or their work was done."""

import threading
from concurrent.futures import ThreadPoolExecutor

from snapshot_restore_py import register_before_snapshot


class Poller(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.stop = threading.Event()

    def run(self):
        self.stop.wait()


poller = Poller()
poller.start()
done = threading.Thread(target=len, args=("",))
done.start()
done.join()
with ThreadPoolExecutor() as executor:
    SQUARES = list(executor.map(lambda number: number * number, range(10)))
ids = {"poller": poller.ident, "native": poller.native_id}


@register_before_snapshot
def stop():
    poller.stop.set()
    poller.join()


def handler(event, context):
    return SQUARES[3]
