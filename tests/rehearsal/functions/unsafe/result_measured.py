"""A random fraction in a text that looks as if it said how long something took.

error shared-result line 1 of the output, word 3
"""

import ctypes
import os

library = ctypes.CDLL(None)
library.srand(int.from_bytes(os.urandom(4), "big"))


def handler(event, context):
    print("waiting for", library.rand() / 2**31, "s")
    return "done"
