"""Starts the command line, like `snapshot-restore`, in place of this process.

`python -m` has imported the package by now, with all plugins that it finds, and has put the
current folder first on the path. The command begins anew, without either.
"""

from __future__ import annotations

import os
import sys

_COMMAND = """
import sys
sys.path[:] = filter(None, sys.path)
from snapshot_restore_command import main
sys.exit(main())
"""

if __name__ == "__main__":
    os.execv(sys.executable, [sys.executable, "-c", _COMMAND, *sys.argv[1:]])
