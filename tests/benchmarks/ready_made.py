"""What all of this project's own plugins together add to the import of the core.

Whole processes that import the core from a folder in which pip has installed the plugins
too, and from one without any. They take turns.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

from distributions import write_others
from measuring import ROOT, Laboratory, Target, arguments, install, interleaved, report

LIMIT = 0.003  # seconds
_SIZES = (0, 100)
_IMPORT = "import snapshot_restore_py"
_COUNT = "\nprint(sum(plugin.status == 'loaded' for plugin in snapshot_restore_py.plugins()))"
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/snapshot_restore_*"))


class Run(NamedTuple):
    """An import of the core among so many other distributions, with all plugins or none."""

    others: int
    has_plugins: bool


class Environments:
    """The folders of the runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._laboratory = Laboratory(folder)
        self._with_plugins = folder / "with-plugins"
        shutil.copytree(self._laboratory.ours, self._with_plugins)
        for plugin in PLUGINS:
            install(self._with_plugins, str(plugin), "--no-deps")
        for size in _SIZES:
            write_others(folder / f"others-{size}", size)
        self.runs = [Run(size, has) for size in _SIZES for has in (False, True)]

    def check(self) -> None:
        """Raise RuntimeError unless each run loads what it should."""
        for run in self.runs:
            loaded = int(self._laboratory.output(_IMPORT + _COUNT, *self._path(run)))
            if loaded != (len(PLUGINS) if run.has_plugins else 0):
                raise RuntimeError(f"{run} loaded {loaded} plugins")

    def seconds(self, run: Run) -> float:
        """Return how long a process takes that imports the core."""
        return self._laboratory.seconds(_IMPORT, *self._path(run))

    def _path(self, run: Run) -> list[Path]:
        core = self._with_plugins if run.has_plugins else self._laboratory.ours
        return [self._folder / f"others-{run.others}", core]


def main() -> int:
    """Measure, print, and return the exit status."""
    options = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environments = Environments(Path(folder).resolve())
        environments.check()
        seconds = interleaved(environments.seconds, environments.runs, options.rounds)
    times = {run: median(measured) for run, measured in seconds.items()}
    rows = [["", "no plugin", f"{len(PLUGINS)} plugins", "added"]]
    targets = []
    for size in _SIZES:
        without, having = times[Run(size, False)], times[Run(size, True)]
        cells = [f"{time * 1000:.2f}" for time in (without, having, having - without)]
        rows.append([f"{size} others", *cells])
        title = f"added by {len(PLUGINS)} plugins, {size} others"
        targets.append(Target(title, f"{LIMIT * 1000:.0f} ms", (having - without) / LIMIT, 1.0))
    title = f"Milliseconds of a whole process, median of {options.rounds} rounds"
    return report(title, rows, targets, options)


if __name__ == "__main__":
    sys.exit(main())
