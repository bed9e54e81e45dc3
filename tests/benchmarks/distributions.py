"""Writes installed distributions: plugins of ours, and others such as any function has."""

from __future__ import annotations

import compileall
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GROUP = "snapshot_restore_py"
_PROVIDER = "def before_snapshot():\n    pass\n\n\ndef after_restore():\n    pass\n"
_FAMILY = 5  # Others come in families of this size, in which each requires the next one.
_METADATA = """\
Metadata-Version: 2.4
Name: {name}
Version: {version}
Summary: A library with a description, classifiers and requirements like any other
Project-URL: Documentation, https://{name}.example.org/en/latest/
Project-URL: Source, https://example.org/{name}/{name}
Author-email: An Author <author@example.org>
License-Expression: Apache-2.0
Keywords: one,two,three
Classifier: Development Status :: 5 - Production/Stable
Classifier: Intended Audience :: Developers
Classifier: Operating System :: OS Independent
Classifier: Programming Language :: Python :: 3
Classifier: Programming Language :: Python :: 3.9
Classifier: Programming Language :: Python :: 3.10
Classifier: Programming Language :: Python :: 3.11
Classifier: Programming Language :: Python :: 3.12
Classifier: Programming Language :: Python :: 3.13
Classifier: Typing :: Typed
Requires-Python: >=3.9
Description-Content-Type: text/markdown
Requires-Dist: {required}>=1.0
Requires-Dist: typing-extensions>=4.0; python_version < "3.11"
Provides-Extra: test
Requires-Dist: pytest>=8.0; extra == "test"

# {name}

"""
_SENTENCE = "This library does one thing, and its description tells at length how to use it.\n"
_METADATA_SIZE = 3000  # bytes


def write_plugins(folder: Path, count: int) -> None:
    """Install `count` distributions with one provider module each, `provider_00` and so on."""
    for number in range(count):
        module = f"provider_{number:02}"
        _write(
            folder,
            f"plugin-{number:02}",
            required=_other(number * _FAMILY),
            modules={f"{module}.py": _PROVIDER},
            entry_points=f"[{GROUP}]\nplugin_{number:02} = {module}\n",
        )
    folder.mkdir(exist_ok=True)
    compileall.compile_dir(folder, quiet=1)


def write_others(folder: Path, count: int) -> None:
    """Install `count` distributions without a plugin; every third has a console script."""
    for number in range(count):
        name = _other(number)
        package = name.replace("-", "_")
        last_of_family = number % _FAMILY == _FAMILY - 1
        script = f"[console_scripts]\n{name} = {package}.command:main\n"
        _write(
            folder,
            name,
            required="six" if last_of_family else _other(number + 1),
            modules={f"{package}/{file}.py": "" for file in ("__init__", "_core", "command")},
            entry_points=script if number % 3 == 0 else "",
        )
    folder.mkdir(exist_ok=True)


def _other(number: int) -> str:
    return f"other-library-{number:04}"


def _write(
    folder: Path, name: str, required: str, modules: dict[str, str], entry_points: str
) -> None:
    version = "1.2.3"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    metadata = _METADATA.format(name=name, version=version, required=required)
    metadata += _SENTENCE * ((_METADATA_SIZE - len(metadata)) // len(_SENTENCE))
    wheel = "Wheel-Version: 1.0\nGenerator: hatchling\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        **modules,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": wheel,
        f"{info}/INSTALLER": "pip\n",
    }
    if entry_points:
        files[f"{info}/entry_points.txt"] = entry_points
    lines = [f"{file},sha256={'0' * 43},{len(text)}\n" for file, text in files.items()]
    files[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"])
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
