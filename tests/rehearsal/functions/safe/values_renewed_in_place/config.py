import uuid

from snapshot_restore_py import register_after_restore

SETTINGS = {"id": uuid.uuid4().hex}


@register_after_restore
def renew():
    SETTINGS["id"] = uuid.uuid4().hex
