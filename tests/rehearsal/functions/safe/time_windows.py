"""Times of the init in collections that code goes through to drop what is too old."""

import time

WINDOW = 60
requests, hits, beats = [time.time()], [time.time()], [time.time()]
seen, last, by_place = {"warm": time.time()}, {"warm": time.time()}, {("a", 1): time.time()}


class Limiter:
    def __init__(self):
        self.stamps = [time.time()]

    def allow(self):
        self.stamps = [one for one in self.stamps if one > time.time() - WINDOW]
        self.stamps.append(time.time())
        return sum(1 for one in self.stamps if time.time() - one < WINDOW) < 9


class Session:
    def __init__(self, user):
        self.user, self.at = user, time.time()

    def is_alive(self):
        return time.time() - self.at < WINDOW


limiter, sessions = Limiter(), [Session("warm")]


def handler(event, context):
    global requests, seen, sessions
    now = time.time()
    requests = [one for one in requests if now - one < WINDOW]
    requests.append(now)
    hits[:] = [one for one in hits if one >= now - WINDOW]
    hits.append(now)
    is_late = now - max(beats) > WINDOW
    for number, one in enumerate(beats):
        is_late = is_late and number < 9 and now - one > WINDOW
    beats.append(now)
    seen = {key: one for key, one in seen.items() if now - one < WINDOW}
    seen["called"] = now
    for key, one in list(last.items()):
        if now - one > WINDOW:
            del last[key]
    last["called"] = now
    for key in list(by_place):
        if now - by_place[key] > WINDOW:
            del by_place[key]
    by_place["b", 2] = now
    sessions = [one for one in sessions if one.is_alive()] or [Session("called")]
    return [is_late, limiter.allow(), len(sessions)]
