"""Fails if the distributions in two folders differ, or have other dates than they should.

    python .ci/check_same.py FOLDER OTHER

Says which files in them differ. The date is that of SOURCE_DATE_EPOCH.
"""

import os
import sys
import tarfile
import time
import zipfile
from pathlib import Path

EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])


def members(path: Path) -> "dict[str, tuple[object, ...]]":
    """Return what tells the files in a distribution apart, by name."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return {
                one.filename: (one.date_time, one.external_attr, archive.read(one))
                for one in archive.infolist()
            }
    with tarfile.open(path) as archive:
        found: dict[str, tuple[object, ...]] = {}
        for one in archive:
            file = archive.extractfile(one)
            data = file.read() if file else None
            found[one.name] = (one.mtime, one.mode, one.uid, one.uname, data)
        return found


def has_date(path: Path, facts: "tuple[object, ...]") -> bool:
    """Tell whether a file in a distribution has the date that it should have."""
    if path.suffix == ".whl":  # It counts in steps of two seconds.
        return facts[0] == (*time.gmtime(EPOCH)[:5], time.gmtime(EPOCH)[5] // 2 * 2)
    return facts[0] == EPOCH


folder, other = map(Path, sys.argv[1:])
problems = []
names = {path.name for one in (folder, other) for path in one.glob("*.whl")}
names |= {path.name for one in (folder, other) for path in one.glob("*.tar.gz")}
for name in sorted(names):
    one, two = folder / name, other / name
    if not one.exists() or not two.exists():
        problems.append(f"{name}: only in {folder if one.exists() else other}")
        continue
    files = members(one)
    problems += [f"{name}: {file}: its date" for file in files if not has_date(one, files[file])]
    if one.read_bytes() != two.read_bytes():
        again = members(two)
        differing = [
            file for file in sorted({*files, *again}) if files.get(file) != again.get(file)
        ]
        problems += [f"{name}: {file}" for file in differing or ["the archive itself"]]
for problem in problems:
    print(f"not reproducible: {problem}")
print(f"{len(names)} distributions, built twice: {len(problems)} differences")
sys.exit(bool(problems) or not names)
