"""The first process of a machine: prepares the system, and runs what the host tells it to.

A script that only the machine runs. It talks to the host by a serial line, in frames: a
letter, the length of what follows in four bytes, and that. The host's frames come in parts,
each of which is confirmed, because a serial line holds little.

From the host:

* `F`: a file's path, permissions, time and contents; `D`: a path that is to be removed.
* `N`: kernel modules for the network, which is to be opened; `H`: ports that lead to the host.
* `T`: what time it is, and random bytes: something begins that is a copy.
* `S`: a program to start, with its variables; `R`: what it is told. `K`: its stacks.
* `Z`: that it shall rest, for the snapshot.

To the host: `A` confirms a part, `G` a frame; `O` output, `C` how much of that was left out,
`E` what the program tells, `X` how it ended, `P` problems.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import struct
import termios
import time
import tty
from typing import Any

_C = ctypes.CDLL(None, use_errno=True)
_PART = 2048  # bytes that are confirmed
_CHUNK = 65536  # bytes
_KEPT = 100_000  # bytes of output between two events that are passed on
_ADD_ENTROPY, _RESEED = 0x40085203, 0x5207  # of random(4)
_SET_ADDRESS, _SET_MASK, _SET_FLAGS, _ADD_ROUTE = 0x8916, 0x891C, 0x8914, 0x890B  # of netdevice(7)
_UP = 0x1 | 0x40  # IFF_UP and IFF_RUNNING
_OWN, _MASK, _HOST, _NAMES = "10.0.2.15", "255.255.255.0", "10.0.2.2", "10.0.2.3"
_LOAD_MODULE = {"x86_64": 313, "aarch64": 273}  # the number of finit_module(2)
_NAME = "snapshot"
_BIND, _MOVE = 0x1000, 0x2000  # of mount(2)
_NEW_TIME = 0x80  # CLONE_NEWTIME, of unshare(2)
_DAYS = 86_400  # seconds
_FREEZER = "/sys/fs/cgroup/function"
_TURN = 0.05  # seconds
_LOOKS = 40  # for a network card


def mount(kind: str, place: str, options: str = "") -> None:
    """Mount a file system of the kernel's; where the kernel has none of the kind, do nothing."""
    os.makedirs(place, exist_ok=True)
    _C.mount(kind.encode(), place.encode(), kind.encode(), 0, options.encode())


def mount_temporary(size: int) -> None:
    """Make a file system for temporary files, of `size` megabytes, around what is there."""
    os.makedirs("/tmp", exist_ok=True)
    mount("tmpfs", "/.tmp", f"mode=1777,size={size}m")
    for name in os.listdir("/tmp"):
        place = f"/.tmp/{name}"
        if os.path.isdir(f"/tmp/{name}"):
            os.mkdir(place)
        else:
            os.close(os.open(place, os.O_CREAT))
        _C.mount(f"/tmp/{name}".encode(), place.encode(), b"", _BIND, b"")
    _C.mount(b"/.tmp", b"/tmp", b"", _MOVE, b"")
    os.rmdir("/.tmp")


def prepare(memory: int) -> None:
    """Give the system what programs expect of one."""
    mount("devtmpfs", "/dev")
    mount("proc", "/proc")
    mount("sysfs", "/sys")
    mount("tmpfs", "/dev/shm", "mode=1777")
    mount("devpts", "/dev/pts")
    # As large as in Lambda, but for small machines.
    mount_temporary(min(512, memory // 3))
    for name, mode in (("/run", 0o755), ("/var/tmp", 0o1777)):
        os.makedirs(name, exist_ok=True)
        os.chmod(name, mode)
    mount("cgroup2", "/sys/fs/cgroup")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        with contextlib.suppress(FileExistsError):
            os.symlink(f"/proc/self/fd{target}", f"/dev/{name}")
    with contextlib.suppress(OSError):
        os.mkdir(_FREEZER)
    _C.sethostname(_NAME.encode(), len(_NAME))
    with open("/etc/hosts", "a") as stream:
        stream.write(f"\n127.0.0.1 localhost {_NAME}\n")
    _set_flags("lo", _UP)


def _set_flags(name: str, flags: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SET_FLAGS, struct.pack("16sH14x", name.encode(), flags))


def load_module(path: str) -> None:
    """Load a kernel module."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if _C.syscall(_LOAD_MODULE[os.uname().machine], descriptor, b"", 0):
            number = ctypes.get_errno()
            if number != errno.EEXIST:
                raise OSError(number, os.strerror(number), path)
    finally:
        os.close(descriptor)


def open_network() -> bool:
    """Bring up the network card, and tell whether there is one."""
    names = [name for name in os.listdir("/sys/class/net") if name not in ("lo", "sit0")]
    if not names:
        return False
    name = sorted(names)[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for request, address in ((_SET_ADDRESS, _OWN), (_SET_MASK, _MASK)):
            fcntl.ioctl(sock, request, struct.pack("16s16s8x", name.encode(), _address(address)))
        _set_flags(name, _UP)
        route = struct.pack(
            "L16s16s16sHh4xL4xhLL4xLLLHL",
            *(0, _address("0.0.0.0"), _address(_HOST), _address("0.0.0.0"), 0x3, 0, 0, 0, 0, 0),
            *(0, 0, 0, 0, 0),
        )
        fcntl.ioctl(sock, _ADD_ROUTE, route)
    return True


def _address(text: str) -> bytes:
    return struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(text))


def relay(ports: list[int]) -> None:
    """Let a process connect ports of this system's to those of the host's, until it is ended."""
    if not ports or os.fork():
        return
    servers = {socket.create_server(("127.0.0.1", port)): port for port in ports}
    pairs: dict[socket.socket, socket.socket] = {}
    while True:
        for one in select.select([*servers, *pairs], [], [])[0]:
            if one in servers:
                pairs.update(_pair(one.accept()[0], servers[one]))
            elif one in pairs:
                _pass_on(one, pairs)


def _pair(ours: socket.socket, port: int) -> dict[socket.socket, socket.socket]:
    """Return, for each end of a new connection, where what comes from there goes."""
    try:
        theirs = socket.create_connection((_HOST, port), 10)
    except OSError:
        _break(ours)
        return {}
    for one in (ours, theirs):
        one.settimeout(None)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return {ours: theirs, theirs: ours}


def _pass_on(one: socket.socket, pairs: dict[socket.socket, socket.socket]) -> None:
    """Pass on what came from one end of a connection, or its end."""
    other = pairs[one]
    try:
        data = one.recv(_CHUNK)
        if data:
            other.sendall(data)
            return
        other.shutdown(socket.SHUT_WR)
    except OSError:
        # The host's end is gone, as after a restore: so has the other one to be.
        for end in (one, other):
            pairs.pop(end, None)
            _break(end)
        return
    del pairs[one]
    if other not in pairs:  # Both have come to their ends.
        one.close()
        other.close()


def _break(sock: socket.socket) -> None:
    """Close a connection so that the other end hears that it is reset."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Line:
    """The serial line."""

    def __init__(self, device: str) -> None:
        self.descriptor = os.open(f"/dev/{device}", os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.descriptor, termios.TCSANOW)
        self._read = bytearray()
        self._rest = 0

    def tell(self, kind: bytes, data: bytes = b"") -> None:
        """Send a frame."""
        shown = kind + struct.pack("!I", len(data)) + data
        while shown:
            shown = shown[os.write(self.descriptor, shown) :]

    def frame(self) -> tuple[bytes, bytes] | None:
        """Read what there is, and return a frame if there is a whole one."""
        found = self._whole()
        if found is None:
            data = os.read(self.descriptor, _PART)
            self._read += data
            self._rest += len(data)
            while self._rest >= _PART:
                self._rest -= _PART
                self.tell(b"A")
            found = self._whole()
        return found

    def _whole(self) -> tuple[bytes, bytes] | None:
        if len(self._read) < 5:
            return None
        (length,) = struct.unpack("!I", self._read[1:5])
        if len(self._read) < 5 + length:
            return None
        kind, data = bytes(self._read[:1]), bytes(self._read[5 : 5 + length])
        del self._read[: 5 + length]
        return kind, data

    @property
    def has_whole(self) -> bool:
        """Tell whether a frame has been read that nobody has taken."""
        return (
            len(self._read) >= 5 and len(self._read) >= 5 + struct.unpack("!I", self._read[1:5])[0]
        )


def set_back_the_start() -> None:
    """Let what is started next see a system that has been up for days: time_namespaces(7).

    A machine is snapshotted seconds after its start. Any small number would look like a time
    of a clock that counts from there.
    """
    if _C.unshare(_NEW_TIME) == 0:
        seconds = 20 * _DAYS + int.from_bytes(os.urandom(3), "big") % (10 * _DAYS)
        with open("/proc/self/timens_offsets", "w") as stream:
            stream.write(f"monotonic {seconds} 0\nboottime {seconds} 0\n")


class Program:
    """What the host lets run here."""

    def __init__(self, order: dict[str, Any]) -> None:
        (self.events, tell), (listen, self.replies), (self.output, write) = (
            os.pipe() for _ in range(3)
        )
        self.kept = _KEPT
        set_back_the_start()
        self.pid = os.fork()
        if not self.pid:
            try:
                self._become(order, tell, listen, write)
            finally:
                os._exit(127)
        for descriptor in (tell, listen, write):
            os.close(descriptor)
        for descriptor in (self.events, self.output):
            os.set_blocking(descriptor, False)

    def _become(self, order: dict[str, Any], tell: int, listen: int, write: int) -> None:
        os.setsid()
        with contextlib.suppress(OSError), open(f"{_FREEZER}/cgroup.procs", "w") as stream:
            stream.write("0")
        with open("/proc/self/oom_score_adj", "w") as stream:
            stream.write("1000")  # Where memory is short, it is the one that ends.
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(write, 1)
        os.dup2(write, 2)
        top = os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 4096 else 4096
        tell, listen = fcntl.fcntl(tell, fcntl.F_DUPFD, 20), fcntl.fcntl(listen, fcntl.F_DUPFD, 20)
        for descriptor in range(3, top):
            if descriptor not in (tell, listen):
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        os.set_inheritable(tell, True)
        os.set_inheritable(listen, True)
        os.setgroups([])
        os.setgid(order["group"])
        os.setuid(order["user"])
        before, after = order["arguments"]
        arguments = [*before, str(tell), str(listen), *after]
        os.chdir("/")
        os.execve(arguments[0], arguments, order["environment"])


class Guest:
    """Does what the host says."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._program: Program | None = None
        self._orders = {
            b"F": self._write,
            b"D": self._remove,
            b"N": self._open_network,
            b"H": self._relay,
            b"T": self._begin,
            b"S": self._start,
            b"R": self._reply,
            b"K": self._signal,
            b"Z": self._rest,
        }

    def serve(self) -> None:
        """Serve the host until it ends the machine."""
        while True:
            program = self._program
            waited = [self._line.descriptor]
            if program:
                waited += [one for one in (program.events, program.output) if one >= 0]
            timeout = 0 if self._line.has_whole else _TURN
            ready, _, _ = select.select(waited, [], [], timeout)
            if self._line.descriptor in ready or self._line.has_whole:
                frame = self._line.frame()
                if frame:
                    self._obey(*frame)
            if program:
                self._pass_on(program)
            self._reap()

    def _obey(self, kind: bytes, data: bytes) -> None:
        try:
            self._orders[kind](data)
        except Exception as error:
            self._line.tell(b"P", f"{type(error).__name__}: {error}".encode())
        else:
            self._line.tell(b"G", kind)

    def _write(self, data: bytes) -> None:
        head, _, contents = data.partition(b"\n")
        path, mode, changed = json.loads(head)
        os.makedirs(path if mode == "folder" else os.path.dirname(path), exist_ok=True)
        if mode == "folder":
            return
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        if mode is None:
            os.symlink(contents, path)
            return
        with open(path, "wb") as stream:
            stream.write(contents)
        os.chmod(path, mode)
        os.utime(path, (changed, changed))

    def _remove(self, data: bytes) -> None:
        path = data.decode()
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            with contextlib.suppress(FileNotFoundError):  # It went with its folder.
                os.unlink(path)

    def _open_network(self, data: bytes) -> None:
        for module in json.loads(data):
            load_module(module)
        for _ in range(_LOOKS):
            if open_network():
                break
            time.sleep(_TURN)  # A card that was just found takes its time.
        else:
            raise OSError("the kernel finds no network card")
        with open("/etc/resolv.conf", "w") as stream:
            stream.write(f"nameserver {_NAMES}\noptions timeout:2 attempts:2\n")

    def _relay(self, data: bytes) -> None:
        relay(json.loads(data))

    def _begin(self, data: bytes) -> None:
        order = json.loads(data)
        time.clock_settime(time.CLOCK_REALTIME, order["time"])
        entropy = base64.b64decode(order["entropy"])
        with open("/dev/urandom", "wb") as stream:
            packed = struct.pack("ii", len(entropy) * 8, len(entropy)) + entropy
            fcntl.ioctl(stream, _ADD_ENTROPY, packed)
            fcntl.ioctl(stream, _RESEED)
        self._freeze(False)

    def _start(self, data: bytes) -> None:
        self._program = Program(json.loads(data))

    def _reply(self, data: bytes) -> None:
        program = self._program
        if program and program.replies >= 0:
            program.kept = _KEPT
            with contextlib.suppress(BrokenPipeError):
                while data:
                    data = data[os.write(program.replies, data) :]

    def _signal(self, data: bytes) -> None:
        if self._program:
            os.kill(self._program.pid, int(data))

    def _rest(self, _: bytes) -> None:
        if self._program:
            self._pass_on(self._program)
        self._freeze(True)

    def _freeze(self, is_wanted: bool) -> None:
        path = f"{_FREEZER}/cgroup.freeze"
        if os.path.exists(path):
            with open(path, "w") as stream:
                stream.write(str(int(is_wanted)))
            return
        for pid in filter(str.isdecimal, os.listdir("/proc")):
            if self._program and os.getsid(int(pid)) == self._program.pid:
                os.kill(int(pid), signal.SIGSTOP if is_wanted else signal.SIGCONT)

    def _pass_on(self, program: Program) -> None:
        """Send what the program has told, after what it wrote before."""
        told = _read(program, "events")
        written = _read(program, "output")
        kept, left = written[: program.kept], len(written[program.kept :])
        program.kept -= len(kept)
        if kept:
            self._line.tell(b"O", kept)
        if left:
            self._line.tell(b"C", str(left).encode())
        if told:
            self._line.tell(b"E", told)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if self._program and pid == self._program.pid:
                    self._pass_on(self._program)
                    self._line.tell(b"X", str(status).encode())


def _read(program: Program, name: str) -> bytes:
    descriptor = getattr(program, name)
    if descriptor < 0:
        return b""
    data = bytearray()
    with contextlib.suppress(BlockingIOError):
        while len(data) < 8 * _CHUNK:
            chunk = os.read(descriptor, _CHUNK)
            if not chunk:
                os.close(descriptor)
                setattr(program, name, -1)
                break
            data += chunk
    return bytes(data)


def speed() -> float:
    """Return how many seconds some work takes, which the host does, too."""
    started = time.perf_counter()
    found = {}
    for number in range(200_000):
        found[number % 1000] = str(number)
    return time.perf_counter() - started


def main() -> None:
    """Prepare the system, and serve the host."""
    os.umask(0o22)
    with open("/.machine/settings") as stream:
        settings = json.load(stream)
    prepare(settings["memory"])
    line = Line(settings["line"])
    line.tell(b"G", str(speed()).encode())
    Guest(line).serve()


if __name__ == "__main__":
    main()
