"""Fails if a built distribution lacks a file, or holds one that it should not."""

import sys
import tarfile
import zipfile
from pathlib import Path

folder = Path(sys.argv[1])
(wheel,) = folder.glob("snapshot_restore-*.whl")
(source,) = folder.glob("snapshot_restore-*.tar.gz")
with zipfile.ZipFile(wheel) as archive:
    in_wheel = set(archive.namelist())
    (metadata,) = (name for name in in_wheel if name.endswith("/METADATA"))
    text = archive.read(metadata).decode()
folder_of_package = Path("snapshot_restore_py")
files = {
    path
    for path in folder_of_package.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
package = {path.as_posix() for path in files}
# What pytest and the command import stands beside the package in a wheel, not in it.
beside = {path.as_posix() for path in files if path.parent.name == "_top_level"}
wanted = package - beside | {Path(path).name for path in beside}
missing = wanted - in_wheel
extra = {name for name in in_wheel - wanted if ".dist-info/" not in name}
if missing or extra:
    sys.exit(f"{wheel.name}: missing {missing}, not expected {extra}")
if not any(name.endswith("/licenses/LICENSE") for name in in_wheel):
    sys.exit(f"{wheel.name}: no LICENSE")
required = [line for line in text.splitlines() if line.startswith("Requires-Dist")]
runtime = [line for line in required if "extra ==" not in line]
if len(runtime) != 1 or "importlib-metadata" not in runtime[0]:
    sys.exit(f"{wheel.name}: runtime requirements are {runtime}")
with tarfile.open(source) as archive:
    in_source = {name.partition("/")[2] for name in archive.getnames()}
expected = {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "docs/index.md", *package}
if not expected <= in_source:
    sys.exit(f"{source.name}: missing {expected - in_source}")
print(f"{wheel.name}: {len(in_wheel)} files; {source.name}: {len(in_source)} files")
