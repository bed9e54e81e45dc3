import dataclasses
import time
import uuid

SESSION = uuid.uuid4().hex
_cache = {uuid.uuid4().hex: uuid.uuid4()}


@dataclasses.dataclass
class _Task:
    time: float
    name: str


class _Schedule:
    def __init__(self):
        self.queue = [_Task(time.monotonic() + 600, "refresh"), _Task(time.time(), "start")]


class Client:
    def __init__(self):
        self.region = "eu-west-1"
        self.boundary = uuid.uuid4().hex
        self._schedule = _Schedule()
