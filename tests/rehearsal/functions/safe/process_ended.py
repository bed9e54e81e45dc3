"""Child processes that have ended before the snapshot."""

import subprocess
import sys

version = subprocess.run(
    [sys.executable, "-c", "print(1)"], capture_output=True, check=True, text=True
).stdout
child = subprocess.Popen([sys.executable, "-c", ""])
child.wait()


def handler(event, context):
    return [version.strip(), child.poll()]
