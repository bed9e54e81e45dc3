"""What the import takes without a plugin, under the conditions that functions have.

In an empty interpreter, after the import of AWS's runtime client, and after that of boto3
too, which most functions use; each with compiled bytecode, and without any that could be
written, as in a package that was zipped without it. AWS's module needs `typing`, which the
runtime client has imported. The import is timed inside its process: what else is loaded takes
a hundred times as long, and varies by more than the import takes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

from measuring import Laboratory, Target, arguments, install, interleaved, milliseconds, report

LOADED = {
    "empty interpreter": "",
    "runtime client": "import awslambdaric.bootstrap\n",
    "runtime client and boto3": "import awslambdaric.bootstrap, boto3\n",
}
IMPORT = """
from time import process_time
start = process_time()
import snapshot_restore_py
print(process_time() - start)
"""


class Run(NamedTuple):
    """A condition, and whose module is imported."""

    condition: str
    bytecode: bool
    module: str


class Conditions:
    """The environments on disk."""

    def __init__(self, folder: Path) -> None:
        self._laboratory = laboratory = Laboratory(folder)
        others = folder / "others"
        install(others, "awslambdaric", "--only-binary", ":all:")
        install(others, "boto3")
        # The runtime client brings AWS's module.
        for one in others.glob("snapshot_restore_py*"):
            shutil.rmtree(one) if one.is_dir() else one.unlink()
        self._paths = {}
        for name, source in (("ours", laboratory.ours), ("aws", laboratory.aws)):
            for bytecode in (True, False):
                target = folder / f"{name}-{bytecode}"
                target.mkdir()
                for one in source.glob("snapshot_restore*"):
                    _copy(one, target / one.name, bytecode=bytecode)
                self._paths[name, bytecode] = [target, others]
        self.runs = [
            Run(condition, bytecode, module)
            for condition in LOADED
            for bytecode in (True, False)
            for module in ("ours", "aws")
        ]

    def seconds(self, run: Run) -> float:
        """Return how long the import takes in a process of its own."""
        code = "import sys\nsys.dont_write_bytecode = True\n" if not run.bytecode else ""
        path = self._paths[run.module, run.bytecode]
        return float(self._laboratory.output(code + LOADED[run.condition] + IMPORT, *path))


def _copy(source: Path, target: Path, *, bytecode: bool) -> None:
    if source.is_dir():
        ignore = None if bytecode else shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignore)
    else:
        shutil.copy2(source, target)
        if bytecode:
            caches = source.parent / "__pycache__"
            (target.parent / "__pycache__").mkdir(exist_ok=True)
            for cache in caches.glob(f"{source.stem}.*.pyc"):
                shutil.copy2(cache, target.parent / "__pycache__" / cache.name)


def main() -> int:
    """Measure, print, and return the exit status."""
    options = arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        conditions = Conditions(Path(folder).resolve())
        for run in conditions.runs:
            conditions.seconds(run)
        seconds = interleaved(conditions.seconds, conditions.runs, options.rounds)
    taken = {run: median(times) for run, times in seconds.items()}
    rows = [["", "this package", "AWS 1.0.0"]]
    for condition in LOADED:
        for bytecode in (True, False):
            ours, aws = (taken[Run(condition, bytecode, one)] for one in ("ours", "aws"))
            name = condition if bytecode else f"{condition}, no bytecode"
            rows.append([name, milliseconds(ours, ours), milliseconds(aws, ours)])
    with_boto3 = taken[Run("runtime client and boto3", True, "ours")]
    ours, aws = (taken[Run("empty interpreter", False, one)] for one in ("ours", "aws"))
    targets = [
        Target("beside boto3, with bytecode", "a millisecond", with_boto3 / 0.001, 1.0),
        Target("empty interpreter, no bytecode", "AWS 1.0.0's import", ours / aws, 1.0),
    ]
    return report("Milliseconds that the import takes", rows, targets, options)


if __name__ == "__main__":
    sys.exit(main())
