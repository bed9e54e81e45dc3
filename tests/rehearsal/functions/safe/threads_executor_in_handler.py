"""The handler starts an executor of its own and waits for it."""

from concurrent.futures import ThreadPoolExecutor, as_completed


def measure(word):
    return word, len(word)


def handler(event, context):
    with ThreadPoolExecutor(max_workers=3) as pool:
        futures = [pool.submit(measure, word) for word in ("tea", "sugar", "milk")]
        return dict(sorted(future.result() for future in as_completed(futures)))
