"""A hook after the restore fails, in each restore.

error hook-failed app.py:9
"""

from snapshot_restore_py import register_after_restore


@register_after_restore
def connect():
    raise ConnectionError("nobody answers")


def handler(event, context):
    return True
