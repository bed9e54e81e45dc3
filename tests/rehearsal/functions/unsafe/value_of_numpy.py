"""Random numbers of the kinds that numpy has.

needs numpy
error shared-value app.NODE
error shared-value app.SHARD
"""

import secrets

import numpy as np

NODE = np.int64(secrets.randbits(62))
SHARD = np.uint64(secrets.randbits(64))
RELEASED = np.datetime64("2026-01-31T12:00:00")
COUNT, HALF, LARGE = np.int64(3), np.float64(0.5), np.uint32(1 << 31)


def handler(event, context):
    return int(COUNT)
