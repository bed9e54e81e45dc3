"""What loading all plugins of this repository adds to the start of an interpreter.

Their libraries are not installed. Whole processes, which take turns.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from measuring import ROOT, Laboratory, Target, arguments, interleaved, report

LIMIT = 0.002
"""Seconds that all of them together may add."""

_IMPORT = "import snapshot_restore_py"
_NAMES = f"{_IMPORT} as core; print(*sorted(one.name for one in core.plugins() if not one.error))"


class Starts:
    """The import of the core, without and with all plugins."""

    def __init__(self, folder: Path) -> None:
        self._laboratory = Laboratory(folder)
        plugins = folder / "plugins"
        options = ["-qq", "--disable-pip-version-check", "--compile", "--no-deps"]
        command = [sys.executable, "-m", "pip", "install", *options, "--target", str(plugins)]
        shipped = sorted(ROOT.glob("plugins/*"))
        subprocess.run([*command, *map(str, shipped)], check=True)
        self._paths = {"without": [self._laboratory.ours]}
        self._paths["with"] = [plugins, self._laboratory.ours]
        self.contestants = list(self._paths)
        self.names = self._laboratory.output(_NAMES, *self._paths["with"]).split()
        if len(self.names) != len(shipped):
            raise RuntimeError(f"of {shipped} only {self.names} were loaded")

    def seconds(self, contestant: str) -> float:
        """Return how long a whole process takes that imports the core."""
        return self._laboratory.seconds(_IMPORT, *self._paths[contestant])


def main() -> int:
    """Measure, print, and return the exit status."""
    options = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        starts = Starts(Path(folder).resolve())
        times = interleaved(starts.seconds, starts.contestants, options.rounds)
    without, with_all = median(times["without"]), median(times["with"])
    added = with_all - without
    rows = [["plugins", "ms"], ["none", f"{without * 1000:.2f}"]]
    rows += [[", ".join(starts.names), f"{with_all * 1000:.2f}"], ["added", f"{added * 1000:.2f}"]]
    title = f"Start of an interpreter that imports the core, median of {options.rounds} rounds"
    target = Target("all plugins add", f"{LIMIT * 1000:.0f} ms", added / LIMIT, 1)
    return report(title, rows, [target], options)


if __name__ == "__main__":
    sys.exit(main())
