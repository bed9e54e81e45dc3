"""Machines beside a QEMU that plays its part badly."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from snapshot_restore_py._machine import control, machine as machines
from snapshot_restore_py._machine.architecture import this_one
from snapshot_restore_py._machine.kernel import Kernel
from snapshot_restore_py._machine.machine import Machine, MachineError, Saved, Setup, continued
from snapshot_restore_py._machine.memory import Memory

SETUP = Setup(Kernel(Path("/boot/vmlinuz"), "6.1.0", None), 64, False, False)
PLAYED = """
    import array, json, os, signal, socket, sys, time
    if "-help" in sys.argv:
        print("-display")
        sys.exit()
    given = dict(
        one.partition("=")[::2]
        for index, text in enumerate(sys.argv) if text == "-chardev"
        for one in [sys.argv[index + 1].replace("socket,id=", "").replace(",fd", "")]
    )
    console, link, qmp = (
        socket.socket(fileno=int(given[name])) for name in ("console", "link", "control")
    )
    heard = qmp.makefile("r")
    def say(**facts):
        qmp.sendall(json.dumps(facts).encode() + b"\\n")
    def hear():
        return json.loads(heard.readline())["execute"]
    def agree(*commands):
        for command in commands:
            assert hear() == command
            say(**{"return": {}})
    say(QMP={})
"""


@pytest.fixture
def play(tmp_path, monkeypatch):
    """Make a machine whose QEMU does what some code says."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(control, "_ANSWER", 2.0)
    monkeypatch.setattr(machines, "_ANSWER", 2.0)
    machines._confined.cache_clear()

    def played(code: str, state: bytes = b"") -> Machine:
        program = tmp_path / this_one().program
        program.write_text(f"#!{sys.executable}\n{dedent(PLAYED)}{dedent(code)}\n")
        program.chmod(0o755)
        memory = Memory.new(64)
        if state:
            return continued(Saved(SETUP, memory, state), is_kept=False)
        return Machine(SETUP, memory, archive=memory)

    yield played
    machines._confined.cache_clear()


def test_what_qemu_refuses_is_told(play):
    with pytest.raises(MachineError, match="the virtual machine refuses qmp_capabilities: never"):
        play("hear(); say(error={'desc': 'never'}); time.sleep(60)")


def test_what_kills_qemu_is_told(play):
    with pytest.raises(MachineError, match=r"(gone|answer) \(QEMU was killed by SIGSEGV\)"):
        play("os.kill(os.getpid(), signal.SIGSEGV)")


def test_a_qemu_that_says_nothing_is_told(play):
    with pytest.raises(MachineError, match="the virtual machine does not answer"):
        play("time.sleep(60)")


def test_an_interrupt_ends_it(play, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(control.Control, "greet", interrupt)
    with pytest.raises(KeyboardInterrupt):
        play("time.sleep(60)")


BEGUN = "agree('qmp_capabilities', 'migrate-set-capabilities')"


def test_a_guest_that_does_not_answer_is_told(play):
    machine = play(f"{BEGUN}; console.sendall(b'Kernel panic - not syncing'); time.sleep(60)")

    with pytest.raises(MachineError, match=r"does not answer \(Kernel panic - not syncing\)"):
        machine.answer(0.5)
    assert machine.console == "Kernel panic - not syncing"
    machine.end()


def test_a_guest_that_ends_is_told(play):
    machine = play(f"{BEGUN}; print('it is over', flush=True)")

    with pytest.raises(MachineError, match=r"has ended \(QEMU says: it is over\)"):
        machine.answer(20)
    machine.end()
    assert machine.busy() == 0.0


# It is given a file to write its state to.
GIVEN = f"""{BEGUN}
link.sendall(b"G\\0\\0\\0\\1Z")
data, ancillary, _, _ = qmp.recvmsg(65536, 1024)
descriptor = array.array("i", ancillary[0][2][:4])[0]
say(**{{"return": {{}}}})"""


@pytest.mark.parametrize(
    ("played", "said"),
    [
        (
            "agree('getfd'); hear(); say(error={'desc': 'no'}); time.sleep(60)",
            "refuses migrate: no",
        ),
        ("agree('getfd', 'migrate'); time.sleep(60)", "cannot be saved: "),
        (
            """
            hear()
            qmp.settimeout(5)
            """,
            "cannot be saved: does not answer",
        ),
    ],
)
def test_what_cannot_be_saved_is_told(play, played, said):
    code = dedent(played)
    frames = "b'O\\0\\0\\0\\1zG\\0\\0\\0\\1Z'"
    machine = play(f"{BEGUN}\nlink.sendall({frames})\n{code}")

    with pytest.raises(MachineError, match=said):
        machine.save()
    assert machine.frames.came == [(b"O", b"z")]  # What is no answer stays.
    machine.end()


def test_a_saving_that_does_not_end_is_told(play):
    code = f"""
{GIVEN}
agree("migrate")
os.write(descriptor, b"state")
os.close(descriptor)
while True:
    hear()
    say(**{{"return": {{"status": "active"}}}})
"""
    machine = play(code)

    with pytest.raises(MachineError, match="QEMU does not end it, and says: active"):
        machine.save()
    machine.end()


def test_what_qemu_writes_before_it_answers_is_read(play):
    code = f"""
{GIVEN}
hear()
with open(descriptor, "wb") as stream:
    stream.write(b"state" * 1_000_000)
say(**{{"return": {{}}}})
hear()
say(**{{"return": {{"status": "completed"}}}})
time.sleep(60)
"""
    saved = play(code).save()

    assert saved.state == b"state" * 1_000_000
    saved.memory.close()


def test_what_does_not_go_on_is_told(play):
    with pytest.raises(MachineError, match="the virtual machine does not answer"):
        play(f"{BEGUN}; agree('getfd', 'migrate-incoming'); time.sleep(60)", b"state")
