"""What registering and running many hooks takes: we and AWS's module.

Each repetition is a fresh interpreter, without garbage collection, that registers one
function 100,000 times in each phase and then runs both. They take turns.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from distributions import write_plugins
from measuring import Laboratory, Target, arguments, interleaved, milliseconds, report

HOOKS = 100_000
PLUGINS = 3

_RUN = """
run_before = snapshot_restore_py.run_before_snapshot
run_after = snapshot_restore_py.run_after_restore
"""
# As AWS's runtime interface client does it.
_RUN_BY_CLIENT = """
def run_before():
    hooks = snapshot_restore_py.get_before_snapshot()
    while hooks:
        func, args, kwargs = hooks.pop()
        func(*args, **kwargs)
def run_after():
    for func, args, kwargs in snapshot_restore_py.get_after_restore():
        func(*args, **kwargs)
"""
_MEASURE = f"""
import gc, json, snapshot_restore_py
from time import process_time
{{run}}
def hook():
    pass
def repeat(register):
    for _ in range({HOOKS}):
        register(hook)
def seconds(function, *args):
    start = process_time()
    function(*args)
    return process_time() - start
gc.collect()
gc.disable()
times = [
    seconds(repeat, snapshot_restore_py.register_before_snapshot),
    seconds(repeat, snapshot_restore_py.register_after_restore),
    seconds(run_before),
    seconds(run_after),
]
left = [
    len(snapshot_restore_py._before_snapshot_registry),
    len(snapshot_restore_py._after_restore_registry),
]
print(json.dumps([times, left]))
"""
AWS, OURS, WITH_PLUGINS = "AWS 1.0.0", "this project", f"{PLUGINS} plugins"
AWS_LOOPS = "AWS's loops"
OPERATIONS = (
    "register_before_snapshot",
    "register_after_restore",
    "run_before_snapshot",
    "run_after_restore",
)


class Registries:
    """The contestants, each with its module and the plugins it finds."""

    def __init__(self, folder: Path) -> None:
        self._laboratory = Laboratory(folder)
        plugins = folder / "plugins"
        write_plugins(plugins, PLUGINS)
        self._paths = {
            AWS: [self._laboratory.aws],
            OURS: [self._laboratory.ours],
            WITH_PLUGINS: [plugins, self._laboratory.ours],
            AWS_LOOPS: [self._laboratory.ours],
        }
        self.contestants = list(self._paths)

    def seconds(self, contestant: str) -> list[float]:
        """Return how long each operation takes.

        Raises RuntimeError unless hooks before the snapshot were consumed, others kept.
        """
        run = _RUN if contestant in (OURS, WITH_PLUGINS) else _RUN_BY_CLIENT
        output = self._laboratory.output(_MEASURE.format(run=run), *self._paths[contestant])
        times: list[float]
        times, left = json.loads(output)
        if left != [0, HOOKS + (PLUGINS if contestant == WITH_PLUGINS else 0)]:
            raise RuntimeError(f"{contestant} left {left} hooks")
        return times


def rows(times: dict[str, list[float]]) -> list[list[str]]:
    """Return the table: one row for an operation, one column for a contestant."""
    found = [["", *times]]
    for index, operation in enumerate(OPERATIONS):
        reference = times[AWS][index]
        found.append([operation, *(milliseconds(own[index], reference) for own in times.values())])
    return found


def targets(times: dict[str, list[float]]) -> list[Target]:
    """Return what is to be reached."""
    return [
        Target(f"{operation}, {name}", AWS, own / aws, 1.5)
        for name in (OURS, WITH_PLUGINS)
        for operation, own, aws in zip(OPERATIONS, times[name], times[AWS])
    ]


def main() -> int:
    """Measure, print, and return the exit status."""
    options = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        registries = Registries(Path(folder).resolve())
        seconds = interleaved(registries.seconds, registries.contestants, options.rounds)
    times = {name: [median(column) for column in zip(*rounds)] for name, rounds in seconds.items()}
    title = (
        f"Milliseconds for {HOOKS:,} hooks, median of {options.rounds} rounds\n"
        f"(in brackets: relative to {AWS})"
    )
    return report(title, rows(times), targets(times), options)


if __name__ == "__main__":
    sys.exit(main())
