"""A hook of a plugin is registered by the function, too.

warning registered-twice acme_audit.py:1
"""

import acme_audit

from snapshot_restore_py import register_after_restore

register_after_restore(acme_audit.after_restore)


def handler(event, context):
    return True
