"""How long an application of 20 functions takes, beside the rehearsals of each by itself.

All are whole processes of the command, which print their report as text: one that rehearses the
functions side by side, one for each core; and 20 that rehearse one function each, one after the
other. They take turns.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from measuring import ROOT, Laboratory, Target, arguments, interleaved, report

EXAMPLE = ROOT / "examples" / "coupons"
COUNT = 20
CORES = 2  # for which the target is
LIMIT = 0.6
TOGETHER, ALONE = "side by side", "one after another"
_FINDS_AN_ERROR = 1


def application(folder: Path) -> list[str]:
    """Write an application, and return the names of its functions."""
    names = [f"Function{number:02}" for number in range(COUNT)]
    resources = {}
    for name in names:
        shutil.copytree(EXAMPLE, folder / name, ignore=shutil.ignore_patterns("rehearsal.*"))
        properties = {
            "CodeUri": name,
            "Handler": "app.handler",
            "Runtime": "python{}.{}".format(*sys.version_info),
            "SnapStart": {"ApplyOn": "PublishedVersions"},
        }
        resources[name] = {"Type": "AWS::Serverless::Function", "Properties": properties}
    (folder / "template.json").write_text(json.dumps({"Resources": resources}))
    return names


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = arguments(__doc__)
    parser.set_defaults(rounds=3)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder).resolve())
        place = Path(folder, "application")
        names = application(place)
        command = ["-m", "snapshot_restore_command", "rehearse"]
        command += ["--template", str(place / "template.json")]

        def seconds(contestant: str) -> float:
            if contestant == TOGETHER:
                return laboratory.seconds_of(command, _FINDS_AN_ERROR, laboratory.ours)
            return sum(
                laboratory.seconds_of([*command, name], _FINDS_AN_ERROR, laboratory.ours)
                for name in names
            )

        measured = interleaved(seconds, [TOGETHER, ALONE], options.rounds)
    times = {name: median(column) for name, column in measured.items()}
    rows = [["", "seconds"], *([name, f"{one:.1f}"] for name, one in times.items())]
    ratio = times[TOGETHER] / times[ALONE]
    rows.append(["ratio", f"{ratio:.2f}"])
    title = f"{COUNT} functions on {CORES} cores, median of {options.rounds} rounds"
    return report(title, rows, [Target(TOGETHER, ALONE, ratio, LIMIT)], options)


if __name__ == "__main__":
    sys.exit(main())
