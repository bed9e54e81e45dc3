"""Threads that a copy lacks, and executors that can start theirs anew."""

from __future__ import annotations

import _thread
import os
import sys
from typing import Any

from snapshot_restore_py._rehearsal.inside.connections import threads_by_ident
from snapshot_restore_py._rehearsal.inside.kinds import attributes, identity, objects, of_kinds

_TASKS = "/proc/self/task"


def idle() -> list[Any]:
    """Return the executors of `concurrent.futures` whose threads all wait for work.

    asyncio's default executors are of that kind, too.
    """
    module: Any = sys.modules.get("concurrent.futures.thread")
    if module is None:
        return []
    frames = sys._current_frames()
    waiting = {ident for ident, frame in frames.items() if frame.f_code is module._worker.__code__}
    return [
        one
        for one in of_kinds(objects(), lambda kind: issubclass(kind, module.ThreadPoolExecutor))
        if {"_threads", "_work_queue", "_idle_semaphore"} <= attributes(one).keys()
        and one._threads
        and {thread.ident for thread in one._threads} & frames.keys() <= waiting
        and not one._work_queue.qsize()
    ]


def start_anew(executors: list[Any]) -> None:
    """Let executors start new threads when they get work: this process has not theirs."""
    if executors:
        import queue
        import threading

        for one in executors:
            one._threads.clear()
            one._work_queue = queue.SimpleQueue()
            one._idle_semaphore = threading.Semaphore(0)


def missing(idle: list[Any]) -> list[str]:
    """Return the names of the threads that copies of this process lack.

    Args:
        idle: The executors whose threads are not missed.
    """
    known = threads_by_ident()
    replaced = {identity(thread) for one in idle for thread in one._threads}
    names = [
        str(attributes(known[ident]).get("_name", "")) if ident in known else "(unnamed)"
        for ident in sorted(sys._current_frames())
        if ident != _thread.get_ident() and identity(known.get(ident)) not in replaced
    ]
    return names + _native(known)


def _native(known: dict[int, Any]) -> list[str]:
    """Return the names of threads that Python has not started, where the system tells them."""
    native = {attributes(thread).get("_native_id") for thread in known.values()}
    native.add(_thread.get_native_id())
    if len(sys._current_frames()) > len(known):
        return []  # Some of those that are left are Python's, started past `threading`.
    found = []
    for task in sorted(map(int, os.listdir(_TASKS))) if os.path.isdir(_TASKS) else ():
        if task not in native:
            with open(f"{_TASKS}/{task}/comm", encoding="utf-8", errors="replace") as stream:
                found.append(stream.read().strip())
    return found
