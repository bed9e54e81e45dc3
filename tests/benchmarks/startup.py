"""What finding and loading plugins adds to the start of an interpreter: we and the others.

Each contestant is a whole process. All of them, in all environments, are measured in turns
in one run, and so is an interpreter that does nothing, whose time is subtracted.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from distributions import GROUP, write_others, write_plugins
from measuring import Laboratory, Target, arguments, interleaved, milliseconds, report


@dataclass(frozen=True)
class Contestant:
    """A program, and an expression that tells afterwards how many plugins it has loaded."""

    code: str
    loaded: str = "sum(name.startswith('provider_') for name in sys.modules)"


_SELECTED = f"entry_points(group={GROUP!r})"
_ENTRY_POINTS = f"""
for entry_point in {_SELECTED}:
    entry_point.load()
"""
_STDLIB = "from importlib.metadata import entry_points" + (
    _ENTRY_POINTS
    if sys.version_info >= (3, 10)
    else _ENTRY_POINTS.replace(_SELECTED, f"entry_points().get({GROUP!r}, ())")
)
_PLUGGY = f"""
from pluggy import PluginManager
PluginManager({GROUP!r}).load_setuptools_entrypoints({GROUP!r})
"""
# It caches nothing where the interpreter is in /tmp, as that of this benchmark may be.
_STEVEDORE = f"""
import sys
sys.executable = "python"
from stevedore import ExtensionManager
ExtensionManager({GROUP!r})
"""
_FLOOR = f"""
import os, sys
def scan():
    found = 0
    for entry in sys.path:
        try:
            children = os.listdir(entry or ".")
        except OSError:
            continue
        for child in children:
            if child.endswith(".dist-info"):
                path = f"{{entry}}/{{child}}/entry_points.txt"
                if os.access(path, os.F_OK):
                    file = os.open(path, os.O_RDONLY)
                    found += b"[{GROUP}]" in os.read(file, 65536)
                    os.close(file)
    return found
found = scan()
"""
OURS, FLOOR, AWS, NOTHING = "this project", "floor: bare scan", "AWS 1.0.0's import", "pass"
CONTESTANTS = {
    OURS: Contestant(
        "import snapshot_restore_py",
        "sum(plugin.status == 'loaded' for plugin in snapshot_restore_py.plugins())",
    ),
    FLOOR: Contestant(_FLOOR, "found"),
    AWS: Contestant("import snapshot_restore_py"),
    "importlib.metadata": Contestant(_STDLIB),
    "importlib_metadata": Contestant("from importlib_metadata import entry_points" + _ENTRY_POINTS),
    "pluggy": Contestant(_PLUGGY),
    "stevedore (cached)": Contestant(_STEVEDORE),
    NOTHING: Contestant("pass"),
}
PEERS = [name for name in CONTESTANTS if name not in (OURS, FLOOR, AWS, NOTHING)]
FINDS_NOTHING = (AWS, NOTHING)


class Run(NamedTuple):
    """A contestant in an environment with so many plugins and other distributions."""

    others: int
    plugins: int
    contestant: str


class Startup:
    """The environments on disk, and the contestants in them."""

    def __init__(self, folder: Path, sizes: list[int], plugin_counts: list[int]) -> None:
        self._folder = folder
        self._laboratory = Laboratory(folder)
        for size in sizes:
            write_others(folder / f"others-{size}", size)
        for count in plugin_counts:
            write_plugins(folder / f"plugins-{count}", count)
        self.runs = [
            Run(size, count, contestant)
            for count in plugin_counts
            for size in sizes
            for contestant in CONTESTANTS
        ]

    def check(self) -> None:
        """Raise RuntimeError unless each contestant loads what it should; fills caches."""
        for run in self.runs:
            contestant = CONTESTANTS[run.contestant]
            code = f"{contestant.code}\nimport sys\nprint({contestant.loaded})"
            loaded = int(self._laboratory.output(code, *self._path(run)))
            if loaded != (0 if run.contestant in FINDS_NOTHING else run.plugins):
                raise RuntimeError(f"{run} loaded {loaded} plugins")

    def check_cache(self) -> None:
        """Raise RuntimeError unless stevedore's cache served each environment."""
        cached = [path for path in self._laboratory.home.rglob("*") if path.is_file()]
        if len(cached) != len({run[:2] for run in self.runs}):
            raise RuntimeError(f"stevedore did not use its cache: {cached}")

    def seconds(self, run: Run) -> float:
        """Return how long a process of the contestant takes."""
        return self._laboratory.seconds(CONTESTANTS[run.contestant].code, *self._path(run))

    def _path(self, run: Run) -> list[Path]:
        laboratory = self._laboratory
        libraries = laboratory.aws if run.contestant == AWS else laboratory.ours
        folders = [f"plugins-{run.plugins}", f"others-{run.others}"]
        return [*(self._folder / name for name in folders), libraries]


def added(seconds: dict[Run, list[float]]) -> dict[Run, float]:
    """Return the seconds that each run adds to an interpreter that does nothing."""
    middle = {run: median(times) for run, times in seconds.items()}
    return {
        run: time - middle[run._replace(contestant=NOTHING)]
        for run, time in middle.items()
        if run.contestant != NOTHING
    }


def rows(times: dict[Run, float]) -> list[list[str]]:
    """Return the table: one row for a contestant, one column for a number of others."""
    sizes = sorted({run.others for run in times})
    found = [["", "plugins", *(f"{size} others" for size in sizes)]]
    for plugins, contestant in sorted({run[1:] for run in times}, key=_place):
        runs = [Run(size, plugins, contestant) for size in sizes]
        cells = [milliseconds(times[run], times[run._replace(contestant=OURS)]) for run in runs]
        found.append([contestant, str(plugins), *cells])
    return found


def _place(row: tuple[int, str]) -> tuple[int, int]:
    plugins, contestant = row
    return plugins, list(CONTESTANTS).index(contestant)


def targets(times: dict[Run, float]) -> list[Target]:
    """Return what is to be reached with 3 plugins, as far as it was measured."""
    found = []
    for size in sorted({run.others for run in times if run.plugins == 3}):
        best = min(PEERS, key=lambda peer: times[Run(size, 3, peer)])
        limits = [(AWS, 1.0, (0, 100, 500)), (FLOOR, 2.0, (500, 2000))]
        limits += [(best, 1 / 10, (0, 100)), (best, 1 / 6, (500,))]
        for name, limit, sizes in limits:
            if size in sizes:
                ratio = times[Run(size, 3, OURS)] / times[Run(size, 3, name)]
                found.append(Target(f"3 plugins, {size} others", name, ratio, limit))
    return found


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=_numbers, default=[0, 100, 500, 2000])
    parser.add_argument("--plugins", type=_numbers, default=[0, 3, 20])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        startup = Startup(Path(folder).resolve(), options.sizes, options.plugins)
        startup.check()
        seconds = interleaved(startup.seconds, startup.runs, options.rounds)
        startup.check_cache()
    idle = median(median(seconds[run]) for run in seconds if run.contestant == NOTHING)
    title = (
        f"Milliseconds added to the {idle * 1000:.1f} of an empty interpreter, "
        f"median of {options.rounds} rounds\n(in brackets: relative to {OURS})"
    )
    times = added(seconds)
    return report(title, rows(times), targets(times), options)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
