"""Code that writes into all descriptors that are open, and so into those of others.

error disturbed
"""

import os
import stat


def is_pipe(number):
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False


def handler(event, context):
    for number in filter(is_pipe, range(3, 200)):
        os.write(number, b"reset\n")
