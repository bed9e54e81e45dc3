"""The handler registers a hook, which no restore will call.

error late-registration app.py:14
"""

from snapshot_restore_py import register_after_restore


def handler(event, context):
    register_after_restore(reconnect)
    return True


def reconnect():
    pass
