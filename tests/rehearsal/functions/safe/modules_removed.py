"""Modules that are taken out of `sys.modules`, as some functions do to save memory."""

import random
import sys
import threading

dice = random.Random(3)
for name in ("random", "threading"):
    del sys.modules[name]
del threading


def handler(event, context):
    return dice.random()
