"""Code that writes into a pipe of its own, what looks like an event too."""

import os

reading, writing = os.pipe()


def handler(event, context):
    os.write(writing, b'\n{"event": "end", "phase": "invoke", "number": "1.1"}\n')
    return len(os.read(reading, 100))
