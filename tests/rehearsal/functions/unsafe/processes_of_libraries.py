"""Child processes that multiprocessing started, and one that the system alone knows.

warning running-process app.worker
warning running-process app.pool
warning running-process sleep
"""

import multiprocessing
import os
import time

context_ = multiprocessing.get_context("fork")
worker = context_.Process(target=time.sleep, args=(1000,), daemon=True)
worker.start()
pool = [context_.Process(target=time.sleep, args=(1000,), daemon=True) for _ in range(2)]
for one in pool:
    one.start()
del one
os.posix_spawnp("sleep", ["sleep", "1000"], os.environ)


def handler(event, context):
    return [worker.is_alive(), *(one.is_alive() for one in pool)]
