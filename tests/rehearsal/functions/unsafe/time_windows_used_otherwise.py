"""Times in collections that are given to others, or by a clock that stands still.

warning captured-time app.calls[0]
warning captured-time app.ticks[0]
warning captured-time app.tokens['warm']['at']
warning captured-time app.load (variable known)['warm'][1]
"""

import time

calls, ticks, tokens = [time.time()], [time.monotonic()], {}
marks = {"start": time.perf_counter()}
print("loaded in", time.perf_counter() - marks["start"])


def cached(function):
    known = {}

    def inner(name):
        if name not in known or time.monotonic() - known[name][1] > 60:
            known[name] = (function(name), time.monotonic())
        return known[name][0]

    return inner


@cached
def load(name):
    return {"name": name}


def token(name):
    if name not in tokens or time.monotonic() - tokens[name]["at"] > 3000:
        tokens[name] = {"token": "constant", "at": time.monotonic()}
    return tokens[name]["token"]


load("warm")
token("warm")


def handler(event, context):
    global calls, ticks
    now, tick = time.time(), time.monotonic()
    ticks = [one for one in ticks if tick - one < 60] + [tick]
    calls = [one for one in calls if now - one < 60]
    calls.append(now)
    return [load("warm"), token("warm"), calls[0]]
