"""An executor that is made at the import and has no thread before the handler uses it."""

from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(max_workers=8)


def handler(event, context):
    return list(pool.map(abs, [-1, 2, -3]))
