"""Locks, queues, events, and an executor without threads yet."""

import asyncio
import multiprocessing
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()
recursive = threading.RLock()
condition = threading.Condition()
event_set = threading.Event()
gate = threading.Semaphore(3)
jobs = queue.Queue()
simple = queue.SimpleQueue()
local = threading.local()
local.depth = 0
executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="orders")
thread = threading.Thread(target=print, name="later")
across = multiprocessing.Lock()
asynchronous = asyncio.Lock


def handler(event, context):
    with lock, recursive, condition:
        return jobs.empty()
