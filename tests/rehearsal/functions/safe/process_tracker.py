"""Shared memory, for which multiprocessing keeps a process that cleans up."""

import multiprocessing
from multiprocessing import resource_tracker, shared_memory

memory = shared_memory.SharedMemory(create=True, size=16)
resource_tracker.ensure_running()
lock = multiprocessing.get_context("spawn").Lock()


def handler(event, context):
    with lock:
        memory.buf[0] = 1
        return memory.buf[0]
