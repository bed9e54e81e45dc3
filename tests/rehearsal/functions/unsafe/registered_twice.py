"""Functions and bound methods that are registered twice, or with other arguments.

warning registered-twice app.py:16
warning registered-twice app.py:24
warning registered-twice builtins.print
"""

from snapshot_restore_py import register_after_restore, register_before_snapshot


class Pool:
    def __init__(self, name):
        self.name = name
        register_before_snapshot(self.close)

    def close(self):
        pass


users, orders = Pool("users"), Pool("orders")
register_before_snapshot(users.close)


@register_after_restore
def warm(what="all"):
    return what


register_after_restore(warm)
register_after_restore(print)
register_after_restore(print)
register_after_restore(warm, "some")
register_after_restore(warm, what="others")


def handler(event, context):
    return True
