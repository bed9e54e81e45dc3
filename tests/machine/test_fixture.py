"""The fixture `microvm`: functions of a test in restores that are real."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import types
import zipfile
from textwrap import dedent

import pytest

from snapshot_restore_py.testing import MicroVM, RestoreError
from tests.machine import restored


@pytest.fixture
def microvm(python, cache, monkeypatch, microvm):
    """Virtual machines with few packages."""
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return microvm


def test_each_restore_goes_on_from_the_snapshot(microvm):
    results = microvm.restores(
        3,
        restored.go_on,
        before=restored.begin,
        age=3600,
        env={"A_VARIABLE": "its value"},
    )

    assert [one["ran"] for one in results] == [["before", "after"]] * 3
    assert [one["threads"] for one in results] == [2] * 3
    assert len({one["id"] for one in results}) == 1
    assert len({one["drawn"] for one in results}) == 3
    assert all(one["passed"] > 3600 > one["monotonic"] for one in results)
    # As on a system that has been up for long: small numbers are no times of its clock.
    assert all(one["up"] > 86_400 for one in results)
    assert {one["variable"] for one in results} == {"its value"}


def test_a_module_may_have_been_loaded_under_another_name(microvm, tmp_path):
    file = tmp_path / "alone.py"
    file.write_text("from beside import VALUE\ndef tell():\n    return VALUE\n")
    (tmp_path / "beside.py").write_text("VALUE = 7\n")
    code = file.read_text().replace("from beside import VALUE", "")
    module = types.ModuleType("loaded")
    exec(compile(code, str(file), "exec"), vars(module))

    assert microvm.restores(1, module.tell, has_network=False) == [7]


def test_what_the_settings_of_tests_put_on_the_path_is_there(microvm, tmp_path, monkeypatch):
    source = tmp_path / "src"
    for name, text in (
        ("app/__init__.py", "VALUE = 7"),
        ("app/data.txt", ""),
        ("company/part/__init__.py", ""),
        ("single.py", ""),
        ("app-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: app\nVersion: 1.0\n"),
        ("notes/data.txt", ""),
        ("node_modules/tool.py", ""),
    ):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packed.py", "VALUE = 8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_app.py").write_text(
        dedent("""
        import importlib.metadata, os
        import app, company.part, packed, single
        FOLDER = os.path.dirname(os.path.dirname(app.__file__))
        def tell():
            found = sorted(os.path.relpath(folder, FOLDER) for folder, _, _ in os.walk(FOLDER))
            has_data = os.path.exists(os.path.join(FOLDER, "app", "data.txt"))
            return [app.VALUE, packed.VALUE, importlib.metadata.version("app"), found, has_data]
        """)
    )
    monkeypatch.syspath_prepend(str(source))
    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))
    monkeypatch.syspath_prepend(str(tmp_path / "tests"))
    module = importlib.import_module("test_app")

    (told,) = microvm.restores(1, module.tell, has_network=False)

    value, packed, version, folders, has_data = told
    assert (value, packed, version, has_data) == (7, 8, "1.0", True)
    assert [one for one in folders if "__pycache__" not in one] == [
        *(".", "app", "app-1.0.dist-info", "company", "company/part"),
    ]


@pytest.mark.parametrize(
    ("call", "before", "said"),
    [
        (restored.fail, None, r"restore 1 failed: LookupError: not there\n\nTraceback"),
        (restored.go_on, restored.fail, "the process before the snapshot failed: LookupError"),
        (restored.end, None, "restore 1 ended early, with status 1280"),
        (restored.cannot_be_json, None, "restore 1 failed: TypeError: Object of type object"),
        pytest.param(
            *(restored.switch_off, None, "the virtual machine has ended"),
            marks=pytest.mark.skipif(os.getuid() != 0, reason="only root can switch it off"),
        ),
    ],
)
def test_what_fails_is_told(microvm, capsys, call, before, said):
    with pytest.raises(RestoreError, match=said):
        microvm.restores(2, call, before=before, has_network=False)

    assert ("about to fail" in capsys.readouterr().out) == (restored.fail in (call, before))


def test_what_takes_too_long_is_told(microvm):
    with pytest.raises(RestoreError, match="took longer than 10 s"):
        microvm.restores(1, restored.wait, timeout=10, has_network=False)


def test_a_machine_that_does_not_start_is_told(microvm, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # Where none is kept.
    monkeypatch.setattr("snapshot_restore_py._machine.base._rounded", lambda _: 64)

    with pytest.raises(RestoreError, match="initrd is too large"):
        microvm.restores(1, restored.wait, has_network=False)


def test_what_is_no_function_of_a_module_is_refused(microvm):
    with pytest.raises(ValueError, match="has to be a function of a module"):
        microvm.restores(1, lambda: 1)
    with pytest.raises(ValueError, match="have to be of one module"):
        microvm.restores(1, restored.go_on, before=test_what_takes_too_long_is_told)
    with pytest.raises(ValueError, match="needs at least one copy"):
        microvm.restores(0, restored.go_on)
    with pytest.raises(TypeError, match="takes a callable"):
        microvm.restores(1, 5)


def test_without_qemu_it_is_said_what_to_install(microvm, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotImplementedError, match="Install QEMU"):
        MicroVM()
    with pytest.raises(NotImplementedError, match="Install QEMU"):
        microvm.restores(1, restored.go_on)


def test_without_qemu_a_test_is_skipped(tmp_path):
    (tmp_path / "test_it.py").write_text("def test(microvm):\n    assert False\n")

    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", str(tmp_path)],
        env={**os.environ, "PATH": str(tmp_path), "PYTEST_ADDOPTS": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert "1 skipped" in shown.stdout
    assert "Install QEMU" in shown.stdout
