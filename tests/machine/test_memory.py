"""The memory of machines, and the machines that are kept."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from snapshot_restore_py._machine import cache, memory as memories
from snapshot_restore_py._machine.kernel import Kernel
from snapshot_restore_py._machine.machine import Saved, Setup
from snapshot_restore_py._machine.memory import Memory

SETUP = Setup(Kernel(Path("/boot/vmlinuz"), "6.1.0", None), 64, False, False)
SIZE = 8 << 20  # bytes


def written(memory):
    os.truncate(memory.descriptor, SIZE)
    os.pwrite(memory.descriptor, b"begin", 0)
    os.pwrite(memory.descriptor, b"middle", SIZE // 2)
    return memory


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The folder in which machines are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "snapshot-restore" / "machines"


def test_a_copy_holds_the_same_and_is_as_empty():
    one = written(Memory.new(8))
    other = one.copy(8)

    with open(other.path, "rb") as stream:
        data = stream.read()

    assert len(data) == SIZE
    assert data[:5] == b"begin"
    assert data[SIZE // 2 :][:6] == b"middle"
    assert data.count(0) == SIZE - 11
    assert other.size() < SIZE // 2
    for memory in (one, other):
        memory.close()
        memory.close()
        assert memory.descriptor == -1


def test_nothing_lies_in_the_folder_for_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    memory = written(Memory.new(8))

    assert not list(tmp_path.iterdir())
    memory.keep(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes()[:5] == b"begin"
    memory.close()


def test_where_files_need_names_none_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "O_TMPFILE", 0, raising=False)
    memory = written(Memory.new(8))

    assert not list(tmp_path.iterdir())
    memory.keep(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes()[SIZE // 2 :][:6] == b"middle"
    assert (tmp_path / "kept").stat().st_blocks * 512 < SIZE // 2
    memory.close()


def test_without_room_on_the_disk_it_is_in_memory(monkeypatch):
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=1, f_frsize=4096))
    memory = written(Memory.new(8))

    assert os.readlink(memory.path).startswith("/memfd:")
    memory.close()


def test_a_copy_that_fails_leaves_nothing_open(monkeypatch):
    memory = written(Memory.new(8))
    before = set(os.listdir("/proc/self/fd"))

    def fail(*_):
        raise OSError("full")

    monkeypatch.setattr(memories, "_copy", fail)
    with pytest.raises(OSError, match="full"):
        memory.copy(8)

    assert set(os.listdir("/proc/self/fd")) == before
    memory.close()


def saved(text=b"state"):
    return Saved(SETUP, written(Memory.new(8)), text)


def test_a_kept_machine_is_found_again(kept):
    cache.keep("a", saved(), {"slowness": 3})

    found = cache.find("a")

    assert found
    assert (found.state, found.facts) == (b"state", {"slowness": 3})
    assert os.pread(found.memory.descriptor, 5, 0) == b"begin"
    assert sorted(path.name for path in kept.iterdir()) == ["a"]
    assert kept.stat().st_mode & 0o777 == 0o700


def test_a_newer_one_takes_the_place_of_an_older_one(kept):
    cache.keep("a", saved(b"old"), {})
    cache.keep("a", saved(b"new"), {})

    found = cache.find("a")

    assert found
    assert found.state == b"new"


def test_what_is_broken_or_not_there_is_none(kept):
    assert cache.find("a") is None
    (kept / "a").mkdir(parents=True)
    (kept / "a" / "facts").write_text("{")
    assert cache.find("a") is None


def test_those_that_were_used_least_lately_go_when_there_are_too_many(kept, monkeypatch):
    for number, key in enumerate("abc"):
        cache.keep(key, saved(), {})
        os.utime(kept / key, (number, number))
    cache.find("a")  # Now it is the one that was used last.
    one = sum(file.stat().st_blocks * 512 for file in (kept / "a").iterdir())
    monkeypatch.setattr(cache, "_MOST", 2 * one)

    cache.keep("d", saved(), {})

    assert sorted(path.name for path in kept.iterdir()) == ["a", "d"]


def test_where_nothing_can_be_kept_nothing_is(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cache.keep("a", saved(), {})
    assert cache.find("a") is None

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache.folder() == tmp_path / ".cache" / "snapshot-restore" / "machines"

    def none():
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", none)
    cache.keep("a", saved(), {})
    assert cache.find("a") is None
    assert cache.clean() == (None, 0)


def test_the_command_removes_what_is_kept(kept):
    cache.keep("a", saved(), {})
    command = [sys.executable, "-m", "snapshot_restore_command", "clean"]

    first = subprocess.run(command, capture_output=True, text=True)
    second = subprocess.run(command, capture_output=True, text=True)

    assert first.returncode == second.returncode == 0
    assert first.stdout.startswith("removed ")
    assert str(kept) in first.stdout
    assert second.stdout == f"removed 0 MB of virtual machines in {kept}\n"
    assert not kept.exists()
