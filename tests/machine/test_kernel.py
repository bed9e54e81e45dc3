"""Which kernel is started, and what is said where there is none that serves."""

from __future__ import annotations

import gzip
import lzma
import os
import platform
import shutil

import pytest

from snapshot_restore_py._machine import architecture, kernel as kernels
from snapshot_restore_py._machine.architecture import MissingError, this_one
from snapshot_restore_py._machine.kernel import kernel
from snapshot_restore_py._machine.modules import modules, unpacked


@pytest.fixture
def boot(tmp_path, monkeypatch):
    """A folder of kernels, in place of the system's."""
    folder = tmp_path / "boot"
    folder.mkdir()
    monkeypatch.setattr(kernels, "_FOLDER", folder)
    monkeypatch.setattr(kernels, "_MODULES", tmp_path / "lib" / "modules")
    monkeypatch.delenv("SNAPSHOT_RESTORE_KERNEL", raising=False)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    return folder


def write(folder, version, mark=b"HdrS"):
    """Write what begins like a kernel for x86, which tells its version."""
    text = f"{version} (builder) #1 SMP\0".encode()
    head = bytearray(4096)
    head[0x202:0x206] = mark
    head[0x20E:0x210] = (0x1000 - 0x200 - 0x800).to_bytes(2, "little")
    start = 0x1000 - 0x800
    head[start : start + len(text)] = text
    path = folder / f"vmlinuz-{version}"
    path.write_bytes(head)
    return path


def test_the_newest_is_taken_whatever_the_order_of_letters(boot):
    for version in ("6.1.0-9-amd64", "6.1.0-56-amd64", "5.10.0-30-amd64"):
        write(boot, version)

    assert kernel().version == "6.1.0-56-amd64"


def test_one_that_is_named_goes_before_that_of_the_variable(boot, tmp_path, monkeypatch):
    write(boot, "6.1.0-9-amd64")
    other, third = tmp_path / "other", tmp_path / "third"
    other.mkdir()
    third.mkdir()
    monkeypatch.setenv("SNAPSHOT_RESTORE_KERNEL", str(write(other, "6.2.0")))

    assert kernel().version == "6.2.0"
    assert kernel(str(write(third, "6.3.0"))).version == "6.3.0"


def test_none_is_told_with_what_to_install(boot):
    with pytest.raises(MissingError, match="Debian: linux-image-cloud-amd64; Ubuntu"):
        kernel()


def test_one_that_cannot_be_read_is_told_with_what_to_do(boot, monkeypatch):
    path = write(boot, "6.1.0-9-amd64")
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(MissingError, match=f"sudo chmod \\+r {path}"):
        kernel()


def test_a_file_that_is_not_there_is_told(boot):
    with pytest.raises(MissingError, match="No such file"):
        kernel(str(boot / "nothing"))


def test_a_file_that_is_none_is_told(boot):
    with pytest.raises(MissingError, match="is no kernel for x86_64"):
        kernel(str(write(boot, "6.1.0", b"none")))


def test_what_its_configuration_lacks_is_told(boot):
    path = write(boot, "6.1.0")
    needed = this_one().needed
    lines = [f"{name}=y" for name in needed if name != "CONFIG_TMPFS"]
    (boot / "config-6.1.0").write_text("\n".join([*lines, "# CONFIG_TMPFS is not set"]))

    with pytest.raises(MissingError, match=f"{path} was built without CONFIG_TMPFS"):
        kernel()

    (boot / "config-6.1.0").write_text("\n".join(f"{name}=y" for name in needed))
    assert kernel().path == path


def test_one_for_arm64_has_its_version_from_its_name(boot, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    packed = boot / "vmlinuz-6.1.0-9-arm64"
    packed.write_bytes(b"\x1f\x8b" + bytes(100))
    plain = boot / "Image-custom"
    plain.write_bytes(bytes(56) + b"ARM\x64" + bytes(100))

    assert kernel(str(packed)).version == "6.1.0-9-arm64"
    assert kernel(str(plain)).version == ""


def test_systems_without_such_machines_are_told(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(MissingError, match="works on x86_64 and aarch64, not on riscv64"):
        this_one()

    monkeypatch.setattr(os.path, "exists", lambda _: False)
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    with pytest.raises(MissingError, match="works on Linux, not on Darwin"):
        this_one()


@pytest.mark.parametrize(
    ("machine", "is_allowed", "flags", "expected"),
    [
        ("x86_64", True, "flags : fpu vmx", True),
        ("x86_64", True, "flags : fpu svm", True),
        ("x86_64", True, "flags : fpu", False),
        ("x86_64", False, "flags : fpu vmx", False),
        ("aarch64", True, "", True),
    ],
)
def test_the_processor_is_used_only_where_it_can_run_machines(
    tmp_path, monkeypatch, machine, is_allowed, flags, expected
):
    facts = tmp_path / "cpuinfo"
    facts.write_text(f"processor : 0\n{flags}\n")
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(os, "access", lambda *_: is_allowed)
    monkeypatch.setattr(architecture, "_FACTS", str(facts))

    assert architecture.has_virtualisation() is expected


@pytest.fixture
def with_modules(boot):
    """A kernel that was unpacked with its modules."""
    write(boot, "6.1.0")
    folder = boot.parent / "lib" / "modules" / "6.1.0"
    (folder / "kernel").mkdir(parents=True)
    (folder / "modules.builtin").write_text("kernel/virtio-ring.ko\n")
    return folder


def test_modules_come_after_those_that_they_need(with_modules):
    contents = {
        "kernel/failover.ko": b"plain",
        "kernel/net-failover.ko.xz": lzma.compress(b"by xz"),
        "kernel/virtio_net.ko.gz": gzip.compress(b"by gzip"),
    }
    for name, data in contents.items():
        (with_modules / name).write_bytes(data)
    (with_modules / "modules.dep").write_text(
        "kernel/failover.ko:\nkernel/net-failover.ko.xz: kernel/failover.ko\n"
        "kernel/virtio_net.ko.gz: kernel/net-failover.ko.xz kernel/failover.ko\n"
    )

    found = modules(kernel(), ("virtio_ring", "virtio_net"))

    assert found
    assert [(name, unpacked(file)) for name, file in found.items()] == [
        ("failover", b"plain"),
        ("net_failover", b"by xz"),
        ("virtio_net", b"by gzip"),
    ]


def test_modules_that_are_not_there_are_none(with_modules, boot):
    with pytest.raises(MissingError, match=f"{with_modules} has no modules.dep. Let depmod write"):
        modules(kernel(), ("virtio_net",))

    (with_modules / "modules.dep").write_text("kernel/other.ko:\n")
    assert modules(kernel(), ("virtio_net",)) is None

    shutil.rmtree(with_modules)
    assert modules(kernel(), ("virtio_net",)) is None


def test_a_kernel_that_has_all_built_in_needs_no_modules(boot):
    write(boot, "6.1.0")
    needed = (*this_one().needed, "CONFIG_VIRTIO_PCI", "CONFIG_VIRTIO_NET")
    (boot / "config-6.1.0").write_text("\n".join(f"{name}=y" for name in needed))

    assert kernel().modules is None
    assert modules(kernel(), ("virtio_pci", "virtio_net")) == {}


def test_a_kernel_may_lie_among_its_modules(boot, with_modules):
    path = write(with_modules, "6.1.0").rename(with_modules / "vmlinuz")
    assert kernel(str(path)).modules == with_modules
    (boot / "vmlinuz-6.1.0").unlink()
    assert kernel().path == path

    lacking = [name for name in this_one().needed if name != "CONFIG_TMPFS"]

    (with_modules / "config").write_text("\n".join(f"{name}=y" for name in lacking))
    with pytest.raises(MissingError, match="was built without CONFIG_TMPFS"):
        kernel(str(path))


def test_modules_by_zstd_need_its_program(with_modules, tmp_path, monkeypatch):
    (with_modules / "modules.dep").write_text("kernel/virtio_net.ko.zst:\n")
    (with_modules / "kernel" / "virtio_net.ko.zst").write_bytes(b"by zstd")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = modules(kernel(), ("virtio_net",))
    assert found

    with pytest.raises(MissingError, match="Install zstd"):
        unpacked(found["virtio_net"])

    program = tmp_path / "zstd"
    program.write_text("#!/bin/sh\nwhile read -r line; do :; done\necho -n unpacked\n")
    program.chmod(0o755)
    assert unpacked(found["virtio_net"]) == b"unpacked"
