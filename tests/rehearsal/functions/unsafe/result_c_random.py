"""The generator of the C library, seeded at the import.

error shared-result result['number']
"""

import ctypes
import os

libc = ctypes.CDLL(None)
libc.srandom(int.from_bytes(os.urandom(4), "big"))


def handler(event, context):
    return {"number": libc.random()}
