"""Objects in the layout of C with constants and addresses, exceptions, and what is for threads."""

import ctypes
import importlib
import threading


class Header(ctypes.Structure):
    _fields_ = (("magic", ctypes.c_uint32), ("name", ctypes.c_char_p), ("here", ctypes.c_void_p))


class Word(ctypes.Union):
    _fields_ = (("whole", ctypes.c_uint16), ("bytes", ctypes.c_uint8 * 2))


class Local(threading.local):
    def __init__(self):
        self.depth = 0


HEADER = Header(0xCAFE, b"constant")
HEADER.here = ctypes.addressof(HEADER)
POINTER = ctypes.pointer(HEADER)
ADDRESS = ctypes.cast(POINTER, ctypes.c_void_p)
ADDRESSES = (ctypes.c_void_p * 2)(1, ADDRESS.value)
WORDS = (Word * 2)(Word(1), Word(2))
NUMBERS, BUFFER = (ctypes.c_int * 4)(1, 2, 3), ctypes.create_string_buffer(64)
called_back = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda number: number + 1)
local = Local()
NAME = f"header-{id(HEADER):x}"
try:
    importlib.import_module("there_is_none")
except ImportError as error:
    MISSING = error


def handler(event, context):
    local.depth += 1
    return [HEADER.magic, called_back(local.depth), str(MISSING), len(NAME)]
