"""A child process that the handler talks to.

warning running-process
"""

import subprocess

echo = subprocess.Popen(
    ["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True
)


def handler(event, context):
    echo.stdin.write("called\n")
    echo.stdin.flush()
    return echo.stdout.readline()
