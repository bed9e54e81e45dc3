"""The hook renews one of two ids.

error shared-value app.settings['tenant']
"""

import uuid

from snapshot_restore_py import register_after_restore

settings = {"session": uuid.uuid4().hex, "tenant": uuid.uuid4().hex}


@register_after_restore
def renew():
    settings["session"] = uuid.uuid4().hex


def handler(event, context):
    return settings
