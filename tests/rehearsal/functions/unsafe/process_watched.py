"""A child process that the handler only looks after.

warning running-process
"""

import subprocess
import sys

agent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def handler(event, context):
    if agent.poll() is not None:
        raise RuntimeError("the agent has ended")
    return "watched"
