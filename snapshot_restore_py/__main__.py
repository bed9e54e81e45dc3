"""Runs the command line, like `snapshot-restore`; but plugins are loaded first, in this process."""

from __future__ import annotations

import sys

from ._command import main

if __name__ == "__main__":
    sys.exit(main())
