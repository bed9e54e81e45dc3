"""Runs the command line: `snapshot-restore`, or `python -m snapshot_restore_command`.

A module outside the package, because an import of `snapshot_restore_py` loads all plugins:
their code is to run in the processes that the command starts, not in its own.
"""

from __future__ import annotations

import os
import signal
import sys

_PREFIX = "SNAPSHOT_RESTORE_PLUGINS"


def main() -> int:
    """Run the command line and return its exit status."""
    # Until it begins its work there is nothing to clean up, and no traceback to be shown.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    chosen = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_PREFIX)}
    os.environ[_PREFIX] = "none"
    try:
        from snapshot_restore_py._command import main
    finally:
        del os.environ[_PREFIX]
        os.environ.update(chosen)
    return main()


if __name__ == "__main__":
    sys.exit(main())
