"""The process of one rehearsal among several: gets its order, tells what goes on, and the report.

A script, started with two file descriptors: one to tell by, one to hear. The function, and all
that a rehearsal starts, live in processes below it.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

_PREFIX = "SNAPSHOT_RESTORE_PLUGINS"
_HOME = str(Path(__file__).parents[3])


def main(tell: str, listen: str) -> None:
    """Rehearse what is ordered."""
    # The folder of this script holds modules of the package.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [_HOME, *(one for one in sys.path if os.path.abspath(one) != here)]
    # The plugins are the function's, and are loaded in its processes alone.
    chosen = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_PREFIX)}
    os.environ[_PREFIX] = "none"
    from snapshot_restore_py._rehearsal.driving.call import Call, Listener
    from snapshot_restore_py._rehearsal.rehearsal import rehearsed
    from snapshot_restore_py._rehearsal.telling.report import Run

    del os.environ[_PREFIX]
    os.environ.update(chosen)
    with open(int(listen), encoding="utf-8") as orders, open(int(tell), "wb", 0) as told:

        def say(**facts: Any) -> None:
            told.write(json.dumps(facts).encode() + b"\n")

        order = json.loads(orders.readline())
        listener = Listener(
            lambda step: say(step=step),
            lambda origin, text: say(output=[origin, text]),
        )
        report = rehearsed(Call(**order["call"]), Run(**order["run"]), listener)
        # What comes of this process is our own: none of the function's code runs in it.
        say(report=base64.b64encode(pickle.dumps(report)).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
