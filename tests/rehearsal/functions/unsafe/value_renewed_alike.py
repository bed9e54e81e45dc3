"""The hook renews the id, but draws it from a generator that all restores share.

error shared-value app.run_id
"""

import random

from snapshot_restore_py import register_after_restore

run_id = f"{random.getrandbits(64):x}"


@register_after_restore
def renew():
    global run_id
    run_id = f"{random.getrandbits(64):x}"


def handler(event, context):
    return run_id
