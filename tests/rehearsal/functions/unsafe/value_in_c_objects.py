"""Made-up values in the layout of C, and where the interpreter keeps them.

error shared-value app.NONCE.number
error shared-value app.NONCE.parts[0].high
error shared-value app.KEY
error shared-value app.NUMBER.value
error shared-value app.FAILED.args[0]
error shared-value app.REFUSED.args[0]
error shared-value app.local.id
error shared-value app.waiting (variable token)
error shared-value app.ids (variable start)
"""

import asyncio
import ctypes
import secrets
import threading
import uuid


class Part(ctypes.Structure):
    _fields_ = (("high", ctypes.c_uint64),)


class Nonce(ctypes.Structure):
    _fields_ = (
        ("number", ctypes.c_uint64),
        ("name", ctypes.c_char_p),
        ("here", ctypes.c_void_p),
        ("parts", Part * 2),
    )


class NotReadyError(Exception):
    pass


class Local(threading.local):
    def __init__(self, prefix):
        self.id = uuid.uuid4().hex


async def wait(token):
    return token


async def numbered():
    start = secrets.token_hex(16)
    while True:
        yield start


NONCE = Nonce(secrets.randbits(60), b"constant")
NONCE.here = ctypes.addressof(NONCE)
NONCE.parts[0].high = secrets.randbits(60)
KEY = ctypes.create_string_buffer(secrets.token_bytes(16))
NUMBER = ctypes.c_uint64(secrets.randbits(60))
FAILED = NotReadyError(f"{uuid.uuid4()} is not ready")
REFUSED = ValueError(f"{uuid.uuid4()} is refused")
local = Local(prefix="app")
waiting = wait(secrets.token_hex(16))
ids = numbered()
asyncio.new_event_loop().run_until_complete(ids.__anext__())


def handler(event, context):
    return "done"
