"""A child process that ends before the snapshot, and is started again after the restore."""

import subprocess

from snapshot_restore_py import register_after_restore, register_before_snapshot


def start():
    global echo
    echo = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@register_before_snapshot
def stop():
    with echo:
        echo.stdin.close()


start()
register_after_restore(start)


def handler(event, context):
    echo.stdin.write("called\n")
    echo.stdin.flush()
    return echo.stdout.readline()
