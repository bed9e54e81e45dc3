"""The hook draws from the generator, and puts nothing in the place of the old id."""

import random

from snapshot_restore_py import register_after_restore

run_id = f"{random.getrandbits(64):x}"
count = random.getrandbits(64)
delay = 0.0


@register_after_restore
def forget():
    global run_id, count, delay
    run_id, count = "", 0
    delay = random.random() * 0


def handler(event, context):
    return run_id
