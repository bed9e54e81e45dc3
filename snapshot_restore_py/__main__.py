"""Runs the command line, like `snapshot-restore`."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    # `python -m` puts the current folder first. What lies there is none of this process's.
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        del sys.path[0]
    from snapshot_restore_py._command import main

    sys.exit(main())
