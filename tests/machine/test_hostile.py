"""Guests that misbehave: each ends with a report, and leaves no process."""

from __future__ import annotations

import os
import signal
import time
from textwrap import dedent

import pytest

from tests.conftest import hear_interrupts

# What the handler does, the least that the report says of it, and the code of the finding.
HOSTILE = {
    "hangs": ("while True: pass", "app.py", "timeout"),
    "sleeps": ("import time; time.sleep(1000)", "in handler", "timeout"),
    "ends": ("import os; os._exit(7)", "ended with status 7", "handler-failed"),
    "is killed": ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL", "handler-failed"),
    "fills the disk": (
        "open('/tmp/full', 'wb').write(bytes(1 << 29))",
        "No space left on device",
        "handler-failed",
    ),
    "breaks the kernel": (
        "open('/proc/sysrq-trigger', 'w').write('c'); import time; time.sleep(60)",
        "virtual machine has ended (Kernel panic",
        "handler-failed",
    ),
    "switches off": (
        "import ctypes, time; ctypes.CDLL(None).reboot(0x01234567); time.sleep(60)",
        "virtual machine has ended",
        "handler-failed",
    ),
}
IS_ROOT = os.getuid() == 0
NEEDS_ROOT = {"breaks the kernel", "switches off"}


@pytest.mark.parametrize("what", sorted({*HOSTILE} - (set() if IS_ROOT else NEEDS_ROOT)))
def test_a_handler_that_misbehaves_is_told(machines, what):
    code, said, finding = HOSTILE[what]

    limit = "5" if finding == "timeout" else "120"
    rehearsal = machines.rehearse(
        f"def handler(event, context):\n    {code}\n", "--timeout", limit, "--restores", "2"
    )

    assert rehearsal.report, rehearsal.stderr
    assert finding in rehearsal.codes
    assert said in str(rehearsal.report["findings"])
    assert rehearsal.status == 1


def test_a_function_that_takes_all_memory_is_killed(machines):
    rehearsal = machines.rehearse(
        dedent(
            """
            KEPT = []
            def handler(event, context):
                while True:
                    KEPT.append(bytearray(50_000_000))
            """
        ),
        *("--restores", "2", "--timeout", "120"),
    )

    assert "handler-failed" in rehearsal.codes
    assert "SIGKILL" in str(rehearsal.report) or "MemoryError" in str(rehearsal.report)


def test_much_output_is_cut(machines):
    rehearsal = machines.rehearse(
        dedent(
            """
            def handler(event, context):
                print("x" * 1_000_000)
                return "done"
            """
        ),
        *("--restores", "2"),
    )

    assert rehearsal.results == ["done", "done"]
    assert "bytes more" in rehearsal.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_machine_outlives_the_command(machines, number):
    (machines.folder / "app.py").write_text(
        "import time\ndef handler(event, context):\n    print('now', flush=True)\n"
        "    time.sleep(1000)\n"
    )
    with machines.start(start_new_session=True, preexec_fn=hear_interrupts) as process:
        for line in process.stderr:
            if "now" in line:
                break
        below = descendants(process.pid)
        assert any("qemu-system" in name for name in below.values())
        process.send_signal(number)
        process.communicate(timeout=60)

    deadline = time.monotonic() + 60
    while any(map(is_running, below)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, below))


def descendants(pid: int) -> dict[int, str]:
    """Return the processes below one, with their names."""
    found = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stream:
                text, _, fields = stream.read().rpartition(")")
        except OSError:
            continue
        found[int(name)] = (int(fields.split()[1]), text.partition("(")[2])
    below, known = {}, {pid}
    while True:
        new = {one: name for one, (parent, name) in found.items() if parent in known - {one}}
        if set(new) <= set(below):
            return below
        below.update(new)
        known |= set(new)


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
