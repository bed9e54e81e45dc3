"""Threads of all usual kinds run at the snapshot.

warning running-thread app.refresh
warning running-thread app.flush
warning running-thread app.Poller
warning running-thread app.Watcher.run
warning running-thread app.watch
warning running-thread concurrent.futures.thread._worker
"""

import _thread
import threading
from concurrent.futures import ThreadPoolExecutor

stop = threading.Event()
watches = threading.Event()


def refresh():
    stop.wait()


def flush():
    pass


def watch():
    watches.set()
    stop.wait()


class Poller(threading.Thread):
    def __getattribute__(self, name):
        if name == "target":
            raise RuntimeError(name)
        return super().__getattribute__(name)

    def run(self):
        stop.wait()


class Watcher:
    def run(self):
        stop.wait()


threading.Thread(target=Watcher().run, name="watcher", daemon=True).start()
threading.Thread(target=refresh, name="refresher", daemon=True).start()
timer = threading.Timer(3600, flush)
timer.daemon = True
timer.start()
poller = Poller(daemon=True)
poller.start()
_thread.start_new_thread(watch, ())
watches.wait()
executor = ThreadPoolExecutor(max_workers=1)
executor.submit(flush).result()


def handler(event, context):
    return True
