"""How long rehearsals take by copies of a process, and in virtual machines.

Both are whole processes of the command, on the same functions and in the same environment, in
turns; the machine has booted before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median

from measuring import ROOT, arguments, interleaved, report

FUNCTIONS = {
    "quickstart": "import uuid\nORDER = str(uuid.uuid4())\n",
    "boto3": "import boto3\nTABLE = boto3.client('dynamodb', region_name='us-east-1')\n",
    "pandas": "import pandas\nTABLE = pandas.DataFrame({'one': [1, 2, 3]})\n",
}
HANDLER = "def handler(event, context):\n    return 1\n"
ENGINES = ("fork", "microvm")


def main() -> int:
    """Measure, print, and return the exit status."""
    options = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        venv.create(place / "environment", with_pip=True, symlinks=True)
        python = str(place / "environment" / "bin" / "python")
        install = [python, "-m", "pip", "install", "-q", f"{ROOT}", "boto3", "pandas"]
        subprocess.run(install, check=True)
        variables = {**os.environ, "XDG_CACHE_HOME": str(place / "cache")}
        variables.pop("PYTHONPATH", None)
        for name, source in FUNCTIONS.items():
            (place / name).mkdir()
            (place / name / "app.py").write_text(source + HANDLER)

        def seconds(contestant: str) -> float:
            name, engine = contestant.split(", ")
            started = time.perf_counter()
            subprocess.run(
                [
                    *(python, "-m", "snapshot_restore_command", "rehearse", "app.handler"),
                    *("--path", str(place / name), "--engine", engine, "--format", "json"),
                    *("--fail-on", "never", "--timeout", "60"),
                ],
                env=variables,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=True,
            )
            return time.perf_counter() - started

        contestants = [f"{name}, {engine}" for name in FUNCTIONS for engine in ENGINES]
        first = {one: seconds(one) for one in contestants}
        measured = interleaved(seconds, contestants, options.rounds)
    times = {name: median(column) for name, column in measured.items()}
    rows = [["", "seconds", "the first time"]]
    rows += [[name, f"{times[name]:.1f}", f"{first[name]:.1f}"] for name in contestants]
    return report(f"Engines, median of {options.rounds} rounds", rows, [], options)


if __name__ == "__main__":
    sys.exit(main())
