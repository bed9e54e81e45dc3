"""A machine that runs: booted, or continued from one that was saved.

QEMU's memory is a file. A machine that is to be saved writes to it, so that saving takes no
longer for much of it; one that is continued for good has what it writes for itself.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from .architecture import MissingError, this_one
from .control import Control, RefusedError
from .frames import Frames, received

if TYPE_CHECKING:
    from .kernel import Kernel
    from .memory import Memory

_CHUNK = 65536  # bytes
_KEPT = 65536  # bytes of the console that are kept
_ANSWER = 60.0  # seconds that a machine may take to do something
_TICK = 0.02  # seconds
_ENDING = 0.5  # seconds that the system may take to tell that it has ended
_PR_SET_PDEATHSIG = 1  # of prctl(2)
_INSTALL = (
    "Install QEMU (Debian and Ubuntu: qemu-system-{0}; Fedora: qemu-system-{1}-core; Alpine: "
    "qemu-system-{2})"
)
_STATE = "state"
_OVER = {"completed", "failed"}


class MachineError(Exception):
    """A machine has failed. The message is one line, and `console` what it wrote last."""

    def __init__(self, message: str, console: str = "") -> None:
        super().__init__(message)
        self.console = console


@dataclass(frozen=True)
class Setup:
    """What a machine is made of.

    Attributes:
        kernel: The kernel.
        memory: Megabytes.
        has_network: Whether it has a network card.
        is_accelerated: Whether the processor runs it itself, rather than software.
    """

    kernel: Kernel
    memory: int
    has_network: bool
    is_accelerated: bool


@dataclass(frozen=True)
class Saved:
    """A machine that was saved.

    Attributes:
        setup: What it is made of.
        memory: Its memory.
        state: All the rest.
    """

    setup: Setup
    memory: Memory
    state: bytes


def program() -> str:
    """Return QEMU's program for this architecture.

    Raises:
        MissingError: It is not installed, or this is no system for it.
    """
    architecture = this_one()
    found = shutil.which(architecture.program)
    if not found:
        install = _INSTALL.format(*architecture.packages)
        raise MissingError(f"{architecture.program} is not there. {install}")
    return found


class Machine:
    """A machine that runs.

    Args:
        setup: What it is made of.
        memory: Its memory, which is closed with the machine.
        archive: The files that it starts with; None to continue a saved one.
        state: The rest of a saved machine to continue.
        is_kept: Whether what it writes to its memory is kept there.

    Raises:
        MachineError: It does not start.
        MissingError: QEMU is not installed.
    """

    def __init__(
        self,
        setup: Setup,
        memory: Memory,
        *,
        archive: Memory | None = None,
        state: bytes = b"",
        is_kept: bool = True,
    ) -> None:
        self._setup = setup
        self._memory = memory
        self._console = bytearray()
        self._has_ended = False
        pairs = {name: socket.socketpair() for name in ("console", "link", "control")}
        self._screen = pairs["console"][0]
        self._screen.setblocking(False)
        self.frames = Frames(pairs["link"][0])
        self._control = Control(pairs["control"][0])
        self._ours = [pair[0] for pair in pairs.values()]
        theirs = {name: pair[1].fileno() for name, pair in pairs.items()}
        self._said, say = os.pipe()
        os.set_blocking(self._said, False)
        passed = [*theirs.values(), memory.descriptor]
        passed += [archive.descriptor] if archive else []
        kill = ctypes.c_ulong(signal.SIGKILL)
        try:
            self._process = subprocess.Popen(
                _command(setup, memory, archive, theirs, is_kept=is_kept),
                stdin=subprocess.DEVNULL,
                stdout=say,
                stderr=say,
                pass_fds=passed,
                start_new_session=True,
                preexec_fn=partial(ctypes.CDLL(None).prctl, _PR_SET_PDEATHSIG, kill, 0, 0, 0),
                env={"PATH": os.defpath},
            )
        finally:
            os.close(say)
            for _, other in pairs.values():
                other.close()
        try:
            self._control.greet()
            capability = {"capability": "x-ignore-shared", "state": True}
            self._control.ask("migrate-set-capabilities", capabilities=[capability])
            if state:
                self._continue(state)
        except RefusedError as refused:
            problem = self.problem(str(refused))
            self.end()
            raise problem from None
        except BaseException:
            self.end()
            raise

    @property
    def console(self) -> str:
        """What it wrote to its console last."""
        return self._console.decode("utf-8", "replace").replace("\r\n", "\n")

    def busy(self) -> float:
        """Return the seconds that the processor has spent on it."""
        with suppress(OSError), open(f"/proc/{self._process.pid}/stat") as stream:
            fields = stream.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def has_ended(self) -> bool:
        """Tell whether it has ended by itself."""
        return self._process.poll() is not None

    def pause(self, seconds: float) -> None:
        """Wait until something comes, or for some moments, and read it."""
        poll: Any = select.poll()
        self.frames.wait_with(poll)
        poll.register(self._screen, select.POLLIN)
        poll.poll(min(seconds, _TICK) * 1000)
        self.read()

    def read(self) -> None:
        """Read what has come."""
        self._console += received(self._screen)
        del self._console[:-_KEPT]
        self.frames.read()

    def order(self, kind: bytes, data: bytes = b"", seconds: float = _ANSWER) -> bytes:
        """Let it do something, and return the answer; frames of other kinds stay.

        Raises:
            MachineError: It cannot do that, does not in time, or has ended.
        """
        self.frames.send(kind, data)
        return self.answer(seconds)

    def answer(self, seconds: float = _ANSWER) -> bytes:
        """Return the answer to an order, or that it has booted; raises as `order`."""
        deadline = time.monotonic() + seconds
        while True:
            for index, (kind, data) in enumerate(self.frames.came):
                if kind in (b"G", b"P"):
                    del self.frames.came[index]
                    if kind == b"P":
                        raise self.problem(f"says: {data.decode(errors='replace')}")
                    return data
            if self.has_ended():
                raise self.problem("has ended")
            if time.monotonic() > deadline:
                raise self.problem("does not answer")
            self.pause(_TICK)

    def begin(self, wall: float) -> None:
        """Tell a machine that it is a copy: what time it is, and what is random here.

        Raises:
            MachineError: It does not answer.
        """
        entropy = base64.b64encode(os.urandom(64)).decode()
        self.order(b"T", json.dumps({"time": wall, "entropy": entropy}).encode())

    def save(self) -> Saved:
        """Save it, and end it.

        Raises:
            MachineError: It cannot be saved.
        """
        self.order(b"Z")
        try:
            state = self._state()
        except (RefusedError, OSError) as error:
            raise self.problem(f"cannot be saved: {error}") from None
        memory = self._memory.again()
        self.end()
        return Saved(self._setup, memory, state)

    def _state(self) -> bytes:
        ours, theirs = socket.socketpair()
        # While QEMU waits for its reader, it may hold the lock that it needs to answer.
        reader = _Reader(ours)
        reader.start()
        try:
            with theirs:
                self._control.give(_STATE, theirs.fileno())
            self._control.ask("migrate", uri=f"fd:{_STATE}")
            status = ""
            deadline = time.monotonic() + _ANSWER
            while status not in _OVER and time.monotonic() < deadline:
                status = self._control.ask("query-migrate").get("status")
                self.pause(_TICK)
            if status != "completed":
                raise RefusedError(f"QEMU does not end it, and says: {status}")
            reader.join(_ANSWER)
        finally:
            reader.end()
        return reader.read

    def _continue(self, state: bytes) -> None:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._control.give(_STATE, theirs.fileno())
            self._control.ask("migrate-incoming", uri=f"fd:{_STATE}")
            ours.settimeout(_ANSWER)
            # Where QEMU does not take it, no event tells that it goes on.
            with suppress(OSError):
                ours.sendall(state)
        # What comes by the line before would be lost.
        self._control.await_event("RESUME")

    def end(self) -> None:
        """End it; more than once does no harm."""
        if self._has_ended:
            return
        self._has_ended = True
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_ANSWER)
        self.read()
        for one in self._ours:
            one.close()
        os.close(self._said)
        self._memory.close()

    def problem(self, text: str) -> MachineError:
        """Return the error that says what is wrong with it, with what it said itself."""
        self.pause(_TICK)
        panic = [line for line in self.console.splitlines() if "Kernel panic" in line]
        said = panic[-1].partition("] ")[2] or panic[-1] if panic else ""
        if not said:
            with suppress(OSError):
                lines = os.read(self._said, _CHUNK).decode(errors="replace").strip().splitlines()
                said = f"QEMU says: {lines[0]}" if lines else ""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING)
        code = self._process.poll()
        if code and code < 0 and not said:
            said = f"QEMU was killed by {signal.Signals(-code).name}"
        return MachineError(f"the virtual machine {text}{said and f' ({said})'}", self.console)


class _Reader(threading.Thread):
    """Reads all that comes from a socket, meanwhile."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(daemon=True)
        self._sock = sock
        self.read = b""

    def run(self) -> None:
        with self._sock.makefile("rb") as stream:
            self.read = stream.read()

    def end(self) -> None:
        """Read no more."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self.join()
        self._sock.close()


def _command(
    setup: Setup,
    memory: Memory,
    archive: Memory | None,
    descriptors: dict[str, int],
    *,
    is_kept: bool,
) -> list[str]:
    architecture = this_one()
    # No limit for what lies in the first file system: only the memory is one.
    append = f"console={architecture.console} rdinit=/init rootfstype=ramfs panic=-1 loglevel=1"
    return [
        program(),
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-M", f"{architecture.machine},memory-backend=memory"),
        *("-accel", "kvm" if setup.is_accelerated else "tcg"),
        *("-cpu", "host" if setup.is_accelerated else "max"),
        *("-m", f"{setup.memory}M", "-smp", "1"),
        "-object",
        f"memory-backend-file,id=memory,size={setup.memory}M,mem-path={memory.path},"
        f"share={'on' if is_kept else 'off'}",
        *("-kernel", str(setup.kernel.path), "-append", append),
        *(("-initrd", archive.path) if archive else ("-incoming", "defer")),
        *(
            argument
            for name, number in descriptors.items()
            for argument in ("-chardev", f"socket,id={name},fd={number}")
        ),
        *architecture.devices,
        *("-mon", "chardev=control,mode=control"),
        *("-nic", "user,model=virtio-net-pci" if setup.has_network else "none"),
        *_confined(),
    ]


@cache
def _confined() -> tuple[str, ...]:
    """Return what takes from QEMU all that it has no need for, where it was built with that."""
    shown = subprocess.run([program(), "-help"], capture_output=True, check=False)
    if b"-sandbox" not in shown.stdout:
        return ()
    return (
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    )


def continued(saved: Saved, *, is_kept: bool) -> Machine:
    """Continue a saved machine.

    Args:
        saved: The machine.
        is_kept: Whether it is to be saved again.

    Raises:
        MachineError: It does not go on.
    """
    memory = saved.memory.copy(saved.setup.memory) if is_kept else saved.memory.again()
    return Machine(saved.setup, memory, state=saved.state, is_kept=is_kept)
