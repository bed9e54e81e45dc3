"""Times of loading that are compared with the clock by way of helpers, clocks that were given to
an object, and records of what was loaded."""

import time
from collections import deque, namedtuple
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

TTL = 60


def now_ms():
    return int(time.time() * 1000)


def is_old(since, limit=TTL):
    return time.time() - since > limit


class Loaded:
    def __init__(self, clock=time.time):
        self._clock = clock
        self.load()

    def load(self):
        self.value = {"new": True}
        self.fetched = self._clock()
        self.made = now_ms()
        self.read = time.time()
        self.seen = datetime.now(timezone.utc)
        print("loaded at", self.seen)

    @property
    def age(self):
        return datetime.now(timezone.utc) - self.seen

    def _since(self):
        return self._clock() - self.fetched

    def get(self):
        age = self._since()
        print("age", age)
        if age > TTL or now_ms() - self.made > TTL * 1000 or is_old(self.read):
            self.load()
        if self.age > timedelta(seconds=TTL):
            self.load()
        return self.value


class Bucket:
    def __init__(self):
        self.tokens, self.filled = 10.0, time.time()

    def take(self):
        now = time.time()
        self.tokens = min(10.0, self.tokens + (now - self.filled) * 2) - 1
        self.filled = now
        return self.tokens >= 0


@dataclass
class Entry:
    value: dict
    at: float = field(default_factory=time.time)

    def is_stale(self):
        return time.time() - self.at > TTL


class Store:
    def __init__(self):
        self.entry = self.load()

    def load(self):
        return Loan({"new": True}, time.time())

    def read(self):
        if self.entry.days() > 1:
            self.entry = self.load()
        return self.entry.value


class Window:
    def __init__(self):
        self.hits = deque()

    def allow(self):
        now = time.time()
        while self.hits and now - self.hits[0] > TTL:
            self.hits.popleft()
        self.hits.append(now)
        return len(self.hits) < 9


@dataclass
class Loan:
    value: dict
    lent: float

    def days(self):
        return (time.time() - self.lent) / 86400


class Row(NamedTuple):
    value: dict
    stored: float


Pair = namedtuple("Pair", "value kept")
entries, rows, state = {}, {}, {"since": 0}
pairs = {}


def cached(load):
    value, last = None, 0.0

    def get():
        nonlocal value, last
        if time.time() - last > TTL:
            value, last = load(), time.time()
        return value

    return get


@cached
def flags():
    return {"new": True}


def read(name):
    entry, row, pair = entries.get(name), rows.get(name), pairs.get(name)
    if entry is None or entry.is_stale():
        entries[name] = Entry({"name": name})
    if row is None or time.time() - row.stored > TTL:
        rows[name] = Row({"name": name}, time.time())
    if pair is None or time.time() - pair.kept > TTL:
        pairs[name] = Pair({"name": name}, time.time())
    if time.time() - state["since"] > TTL:
        state.update(value=3, since=time.time())
    return [entries[name].value, rows[name].value, pairs[name].value, state["value"]]


loaded = Loaded()
store, window = Store(), Window()
window.allow()
bucket = Bucket()
read("main")
flags()


def handler(event, context):
    return [loaded.get(), bucket.take(), read("main"), flags(), store.read(), window.allow()]
