"""What an import of the package costs every cold start, and what it must not touch."""

from __future__ import annotations

import json
import sys
import zipfile

import pytest

from tests.conftest import HAS_LOCK, REPORT, ROOT

HEAVY = [
    *["argparse", "asyncio", "collections", "contextlib", "dataclasses", "email", "enum"],
    *["functools", "importlib.metadata", "importlib_metadata", "inspect", "json", "logging"],
    *["pathlib", "re", "textwrap", "threading", "traceback", "typing", "warnings", "zipfile"],
]
IMPORTED = """
import sys
before = set(sys.modules)
import snapshot_restore_py
report(sorted(set(sys.modules) - before))
"""


def isolated(interpreter, code, site):
    """Run without the tests' own site-packages, which may import things at start."""
    site.add("snapshot-restore", version="2.0.0")
    lines = [f"import os, sys; sys.path[:0] = {[str(site.path)]!r}"]
    lines += [f"sys.path.append({str(ROOT)!r})", REPORT, code]
    result = interpreter.launch(["-I", "-S", "-c", "\n".join(lines)])
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


class TestImports:
    @pytest.mark.skipif(HAS_LOCK, reason="Python 3.x with its global lock: there is none to lack")
    def test_the_global_lock_does_not_come_back(self, interpreter):
        code = """
            import sys, warnings
            warnings.simplefilter("error")
            import snapshot_restore_py.live_objects, snapshot_restore_py.web
            import snapshot_restore_py.testing
            report(sys._is_gil_enabled())
        """
        assert interpreter.run(code) is False

    def test_without_plugins_only_the_packages_own_modules_are_imported(self, interpreter, site):
        assert isolated(interpreter, IMPORTED, site) == [
            "snapshot_restore_py",
            "snapshot_restore_py._discovery",
            "snapshot_restore_py._hooks",
        ]

    def test_a_log_that_is_not_wanted_brings_only_what_reads_the_word(self, interpreter, site):
        code = f"import os\nos.environ['SNAPSHOT_RESTORE_LOG'] = 'off'{IMPORTED}"
        assert isolated(interpreter, code, site) == [
            "snapshot_restore_py",
            "snapshot_restore_py._discovery",
            "snapshot_restore_py._errors",
            "snapshot_restore_py._hooks",
            "snapshot_restore_py._switches",
        ]

    def test_with_plugins_nothing_heavy_is_imported(self, interpreter, site):
        source = "from snapshot_restore_py import *\n@register_after_restore\ndef f(): pass\n"
        source += "def before_snapshot(): pass\n"
        for name in ("one", "two", "three"):
            site.add(name, {name: name}, {name: source}, requires=("one",))
        site.add("other", "[console_scripts]\nother = other:main\n")
        imported = isolated(interpreter, IMPORTED, site)
        assert not set(imported) & set(HEAVY)
        assert {"one", "two", "three", "snapshot_restore_py._order"} <= set(imported)
        assert [name for name in imported if name not in ("one", "two", "three")] == [
            name for name in imported if name.startswith("snapshot_restore_py")
        ]

    @pytest.mark.parametrize(
        ("choice", "strict", "status", "told"),
        [
            (None, None, 0, "PluginWarning: snapshot-restore finds no metadata of its own"),
            (None, "1", 1, "PluginError: snapshot-restore finds no metadata of its own"),
            ("-other", None, 0, "PluginWarning: snapshot-restore finds no metadata of its own"),
            ("none", "1", 0, ""),
            ("", None, 0, ""),
        ],
    )
    def test_metadata_that_a_deployment_tool_has_removed_are_missed(
        self, interpreter, choice, strict, status, told
    ):
        names = {"": choice, "_STRICT": strict}
        variables = {
            f"SNAPSHOT_RESTORE_PLUGINS{name}": value
            for name, value in names.items()
            if value is not None
        }
        code = """
            import sys
            sys.path[:] = [one for one in sys.path if not one.endswith("-packages")]
            import snapshot_restore_py
            print(len(snapshot_restore_py.plugins()))
        """
        result = interpreter.start(code, env=variables)
        assert result.returncode == status
        assert (told in result.stderr) if told else not result.stderr
        assert result.stderr.count("finds no metadata") == bool(told)
        assert status or result.stdout == "0\n"

    def test_registering_and_running_hooks_imports_nothing(self, interpreter, site):
        code = """
import sys
from snapshot_restore_py import (
    register_after_restore, register_before_snapshot, run_after_restore, run_before_snapshot
)
before = set(sys.modules)
def hook(): pass
register_before_snapshot(hook)
register_after_restore(hook)
run_before_snapshot()
run_after_restore()
report(sorted(set(sys.modules) - before))
"""
        assert isolated(interpreter, code, site) == []

    def test_a_zip_file_on_the_path_is_what_needs_the_metadata_library(
        self, interpreter, site, tmp_path
    ):
        archive = tmp_path / "archive.zip"
        with zipfile.ZipFile(archive, "w") as target:
            target.writestr("module.py", "")
        library = "importlib.metadata" if sys.version_info >= (3, 12) else "importlib_metadata"
        code = f"import sys, snapshot_restore_py\nreport({library!r} in sys.modules)"
        assert interpreter.run(code, site) is False
        assert interpreter.run(code, archive) is True


class TestHostileEnvironments:
    def test_nothing_is_written(self, interpreter, site, tmp_path):
        site.add("lib", {"lib": "lib"}, {"lib": "def after_restore(): pass"})
        code = """
            import os, sys
            sys.dont_write_bytecode = True
            written = []
            def watch(event, arguments):
                flags = os.O_WRONLY | os.O_RDWR | os.O_CREAT
                if event == "open" and isinstance(arguments[2], int) and arguments[2] & flags:
                    written.append(arguments[0])
                if event in ("os.mkdir", "os.rename", "os.remove", "tempfile.mkstemp"):
                    written.append(event)
            sys.addaudithook(watch)
            from snapshot_restore_py import get_before_snapshot, plugins, run_after_restore
            get_before_snapshot(), plugins(), run_after_restore()
            report(written)
        """
        assert interpreter.run(code, site) == []

    def test_it_works_without_a_home_and_with_a_deleted_working_directory(self, interpreter, site):
        site.add("lib", {"lib": "lib"}, {"lib": "def after_restore(): pass"})
        interpreter.cwd = None
        code = """
            import os, tempfile
            folder = tempfile.mkdtemp()
            os.chdir(folder)
            os.rmdir(folder)
            os.environ.clear()
            from snapshot_restore_py import get_after_restore
            report(len(get_after_restore()))
        """
        assert interpreter.run(code, site) == 1

    def test_the_package_can_be_imported_from_a_zip_file(self, interpreter, site, tmp_path):
        site.add("lib", {"lib": "lib"}, {"lib": "def after_restore(): pass"})
        archive = tmp_path / "function.zip"
        with zipfile.ZipFile(archive, "w") as target:
            for path in (ROOT / "snapshot_restore_py").glob("*.py"):
                target.write(path, f"snapshot_restore_py/{path.name}")
        code = (
            "from snapshot_restore_py import get_after_restore\nimport snapshot_restore_py as s\n"
        )
        code += "report([len(get_after_restore()), s.__file__])"
        hooks, file = interpreter.run(code, archive, site)
        assert hooks == 1
        assert file.startswith(str(archive))

    @pytest.mark.skipif(sys.version_info < (3, 11), reason="-P came with Python 3.11")
    def test_it_works_with_isolated_paths(self, interpreter, site):
        site.add("lib", {"lib": "lib"}, {"lib": "def after_restore(): pass"})
        result = interpreter.start(
            "import snapshot_restore_py as s; print(len(s.get_after_restore()))",
            site,
            options=("-P",),
        )
        assert result.stdout == "1\n"
