"""What a rehearsal adds to the time of the inits and invocations that it consists of.

Both are whole processes: the command, which prints its report as text; and the function's
init, hooks and three invocations without it. They take turns.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from measuring import ROOT, Laboratory, Target, arguments, interleaved, report

FUNCTION = ROOT / "examples" / "coupons"
INITS = 2
LIMIT = 0.5  # seconds
COMMAND, INIT, INVOCATIONS = "rehearsal", "init", "init and three invocations"
_START = f"""
import sys
sys.path.insert(0, {str(FUNCTION)!r})
import app, snapshot_restore_py
snapshot_restore_py.run_before_snapshot()
"""
_INVOKE = """
for _ in range(3):
    snapshot_restore_py.run_after_restore()
    app.handler({}, None)
"""
_REHEARSE = ["-m", "snapshot_restore_command", "rehearse", "app.handler", "--path", str(FUNCTION)]
_FINDS_AN_ERROR = 1


def main() -> int:
    """Measure, print, and return the exit status."""
    options = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder).resolve())

        def seconds(contestant: str) -> float:
            if contestant == COMMAND:
                return laboratory.seconds_of(_REHEARSE, _FINDS_AN_ERROR, laboratory.ours)
            code = _START + (_INVOKE if contestant == INVOCATIONS else "")
            return laboratory.seconds_of(["-c", code], 0, laboratory.ours)

        measured = interleaved(seconds, [COMMAND, INIT, INVOCATIONS], options.rounds)
    times = {name: median(column) for name, column in measured.items()}
    alone = (INITS - 1) * times[INIT] + times[INVOCATIONS]
    added = times[COMMAND] - alone
    rows = [["", "milliseconds"], ["the whole command", f"{times[COMMAND] * 1000:.0f}"]]
    rows += [[f"{INITS} inits, 3 invocations alone", f"{alone * 1000:.0f}"]]
    rows += [["added", f"{added * 1000:.0f}"]]
    title = f"Rehearsal of examples/{FUNCTION.name}, median of {options.rounds} rounds"
    targets = [Target("added by the rehearsal", f"{LIMIT} s", added / LIMIT, 1)]
    return report(title, rows, targets, options)


if __name__ == "__main__":
    sys.exit(main())
