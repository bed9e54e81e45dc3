import random
import time


class Client:
    def __init__(self):
        self.sent = []

    def send(self, what):
        key = self.retry_key()
        self.sent.append((key, what))
        time.sleep(self.backoff())
        self.sent.append((key, what))

    def retry_key(self):
        return f"{random.getrandbits(64):016x}"

    def backoff(self):
        return random.uniform(0, 0.001)
