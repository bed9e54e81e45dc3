"""Runs the command line: `python -m snapshot_restore_py`, or `snapshot-restore`."""

from __future__ import annotations

import sys

from ._command import main

if __name__ == "__main__":
    sys.exit(main())
