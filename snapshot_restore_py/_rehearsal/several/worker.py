"""The process of one rehearsal among several: gets its order, tells what goes on, and the report.

A script, started with two file descriptors: one to tell by, one to hear. The function, and all
that a rehearsal starts, live in processes below it.
"""

from __future__ import annotations

import json
import os
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
    from snapshot_restore_py._machine.options import Options
    from snapshot_restore_py._rehearsal.driving.call import Call, Listener
    from snapshot_restore_py._rehearsal.rehearsal import rehearsed
    from snapshot_restore_py._rehearsal.telling.plain_json import dumps
    from snapshot_restore_py._rehearsal.telling.report import Report, Run

    del os.environ[_PREFIX]
    os.environ.update(chosen)
    with open(int(listen), encoding="utf-8") as orders, open(int(tell), "wb", 0) as told:

        def say(**facts: Any) -> None:
            told.write(dumps(facts).replace("\n", "").encode() + b"\n")  # One line, as it is told.

        order = json.loads(orders.readline())
        listener = Listener(
            lambda step: say(step=step),
            lambda origin, text: say(output=[origin, text]),
        )
        facts = order["call"]
        call = Call(**{**facts, "machine": Options(**facts["machine"])})
        report = rehearsed(call, Run(**order["run"]), listener)
        kept = {}
        if isinstance(report, Report):  # What the form of a report does not tell.
            kept = {"made_up": report.made_up, "sources": report.sources}
        say(report=report.as_json(), **kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
