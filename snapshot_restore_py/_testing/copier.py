"""Makes copies of this process, which stand for environments that start from its snapshot.

A holder, made at the snapshot, is what copies are made of. It runs nothing else, so all
copies start from exactly the same memory. A copy has the process id of the process that was
snapshotted, and runs none of the hooks by which forked processes renew themselves, in Python
or in C: an environment that starts from a snapshot cannot tell that it does.

Where Linux allows it, a copy is made by the bare system call `clone3`, in a namespace of
process ids in which it has its id again. Elsewhere it is forked, and `os.getpid` replaced.

Loaded without the package around it, too, into processes that run a function's code.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import signal
import sys
import warnings
from itertools import chain
from operator import attrgetter, methodcaller, truth
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHOICE = "SNAPSHOT_RESTORE_COPIES"
"""The variable that may be set to `fork`, where code does not bear namespaces."""

# Who puts the standard library's locks and lists of threads in order in a forked process.
_IN_ORDER = ("threading", "logging")
_getpid, _kill, _exit = os.getpid, os.kill, os._exit

_CLONE3 = 435  # the number of the system call, on all architectures
_ARGUMENTS = (
    "flags pidfd child_tid parent_tid exit_signal stack stack_size tls set_tid set_tid_size cgroup"
)
_NEW_USERS, _NEW_IDS, _NEW_MOUNTS = 0x10000000, 0x20000000, 0x00020000
_TELL_PARENT, _TELL_CHILD = 0x00100000, 0x01000000  # the child's id
_PRIVATE_TREE = 0x00040000 | 0x4000  # MS_PRIVATE and MS_REC of mount(2)
_PR_SET_PDEATHSIG = 1  # of prctl(2)
_CAPABILITIES = 0x20080522  # a version of capset(2)
_TURN = 0.1  # seconds
_LOOKS = 20  # at other threads, until they rest
_PAUSE = 6000  # microseconds; a little more than threads wait before they ask for a turn


def copier() -> Forks:
    """Return what makes copies of this process in the best way that is allowed here."""
    users = None if os.environ.get(CHOICE) == Forks.way else _users()
    return Forks() if users is None else Clones(users)


class Forks:
    """Makes copies by a fork.

    Attributes:
        way: How copies are made: `fork`.
        pid: In a copy, the id under which the holder knows it.
        held: The id of the process that is copied.
    """

    way = "fork"

    def __init__(self) -> None:
        self.pid = self.held = _getpid()
        self._hooks = _lists_of_fork_hooks()
        self._mask: set[int] = set()

    def hold(self, work: Callable[[], object]) -> int:
        """Make the holder of a snapshot of this process, and return its id.

        It ends with `work`, however that ends. There `copy` and `wait` may be called.
        """
        self.held = _getpid()
        return self._start(self._make_holder, lambda: self._hold(work))

    def copy(self, work: Callable[[], object]) -> int:
        """Make a copy, and return its id. It ends with `work`, however that ends."""
        return self._start(self._make_copy, lambda: self._live(work))

    def wait(self, pid: int, options: int = 0) -> tuple[int, int]:
        """Wait for a copy, and return what `os.waitpid` does."""
        try:
            return os.waitpid(pid, options)
        except ChildProcessError:
            # Somebody else waits for all children, or the system forgets them.
            return pid, 0

    def _make_holder(self) -> int:
        with warnings.catch_warnings():
            # Of threads that a copy does not have: that is known.
            warnings.simplefilter("ignore", DeprecationWarning)
            return os.fork()

    def _make_copy(self) -> int:
        return self._make_holder()

    def _hold(self, work: Callable[[], object]) -> None:
        # No signal is for the holder. It has the handlers of the process that it holds.
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        work()

    def _live(self, work: Callable[[], object]) -> None:
        self.pid = _getpid()
        _hold_id(self.held)
        self._run(work)

    def _run(self, work: Callable[[], object]) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        work()

    def _start(self, make: Callable[[], int], work: Callable[[], object]) -> int:
        """Do `work` in the process that `make` makes, and return that one's id.

        Nothing of what stands further up on the stack, such as pytest, may run in it.
        """
        parent = _getpid()
        status = 1
        try:
            with _without(self._hooks):
                pid = make()
            if not pid:
                work()
                status = 0
        finally:
            if _getpid() != parent:
                _exit(status)
        return pid


class Clones(Forks):
    """Makes copies by the system call `clone3`, in namespaces of their own.

    A copy runs below a process that is the first one of its namespace. When the copy ends,
    this does, and the system ends all that the copy has started.

    Attributes:
        way: How copies are made: `clone`.
        pid: In a copy, the id under which the holder knows the first process.

    Args:
        users: The flag for a namespace of users, which all but administrators need; or 0.
    """

    way = "clone"

    def __init__(self, users: int) -> None:
        super().__init__()
        import ctypes

        # Functions called by way of PyDLL keep the interpreter's lock.
        self._system: Any = ctypes.PyDLL(None, use_errno=True)
        self._system.syscall.restype = ctypes.c_long
        self._users = users
        self._identity = (os.getuid(), os.getgid())
        self._told: Any = (ctypes.c_int * 2)()
        self._copies: dict[int, Any] = {}

    def wait(self, pid: int, options: int = 0) -> tuple[int, int]:
        """Wait for a copy, and return what `os.waitpid` does."""
        ended, status = super().wait(pid, options)
        if ended:
            told = self._copies.pop(pid)[1]
            # Where the first process was killed it could not tell how the copy ended.
            status = told if told >= 0 else status
        return ended, status

    def _make_holder(self) -> int:
        """Make it when no other thread is in the middle of something in the C library.

        That may hold a lock there, which nobody would open in the copies.
        """
        interval = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        try:
            threads = os.listdir("/proc/self/task")
            for _ in range(_LOOKS if len(threads) > 1 else 0):
                self._system.usleep(_PAUSE)
                if sum(map(self._is_running, threads)) == 1:  # This one.
                    break
            return self._clone(self._users)
        finally:
            sys.setswitchinterval(interval)

    def _is_running(self, thread: str) -> bool:
        import ctypes

        text = ctypes.create_string_buffer(256)
        file = self._system.open(f"/proc/self/task/{thread}/stat".encode(), os.O_RDONLY)
        self._system.read(file, text, len(text) - 1)
        self._system.close(file)
        return text.value.rpartition(b")")[2][:2] == b" R"

    def _make_copy(self) -> int:
        import ctypes
        import mmap

        # Seen by the holder and the first process: that one's id, and how the copy ended.
        self._told = (ctypes.c_int * 2).from_buffer(mmap.mmap(-1, 8))
        self._told[:] = 0, -1
        pid = self._clone(_NEW_IDS | _NEW_MOUNTS | _TELL_PARENT)
        self._copies[pid] = self._told
        return pid

    def _hold(self, work: Callable[[], object]) -> None:
        self._end_with_parent()
        if self._users:
            user, group = self._identity
            _write("/proc/self/uid_map", f"{user} {user} 1")
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/gid_map", f"{group} {group} 1")
        super()._hold(work)

    def _live(self, work: Callable[[], object]) -> None:
        self._end_with_parent()
        self.pid = self._told[0]
        os.setsid()
        self._mount(b"none", b"/", None, _PRIVATE_TREE)
        self._mount(b"proc", b"/proc", b"proc", 0)  # where the copies find themselves
        pid = self._start(lambda: self._clone(0, self.held), lambda: self._restored(work))
        self._told[1] = _status_of(pid)

    def _restored(self, work: Callable[[], object]) -> None:
        if self._users:
            import ctypes

            # In its namespace it may do what its user may not, such as write read-only files.
            header, none = (ctypes.c_uint32 * 2)(_CAPABILITIES), (ctypes.c_uint32 * 6)()
            self._system.capset(header, none)
        os.fork = self._fork
        self._run(work)

    def _fork(self) -> int:
        """Fork a copy as `os.fork` does, but past the hooks of libraries in C, as of OpenBLAS.

        They wait for threads that lived at the snapshot, and that a copy does not have.
        """
        sys.audit("os.fork")
        return self._clone(0)

    def _end_with_parent(self) -> None:
        self._system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    def _mount(self, source: bytes, target: bytes, kind: bytes | None, flags: int) -> None:
        import ctypes

        self._check(self._system.mount(source, target, kind, ctypes.c_ulong(flags), None))

    def _clone(self, flags: int, wanted: int = 0) -> int:
        """Copy this process as a fork does, but past the C library and its hooks.

        Args:
            flags: What is special about the copy.
            wanted: The id that it shall have in its namespace; 0 for any.
        """
        import ctypes

        named = [(name, ctypes.c_uint64) for name in _ARGUMENTS.split()]
        arguments = type("Arguments", (ctypes.Structure,), {"_fields_": named})(
            flags=flags | _TELL_CHILD, exit_signal=signal.SIGCHLD
        )
        own_id, wanted_id = ctypes.c_int(), ctypes.c_int(wanted)
        arguments.child_tid = ctypes.addressof(own_id)  # Written in the copy only.
        arguments.parent_tid = ctypes.addressof(self._told)
        if wanted:
            arguments.set_tid, arguments.set_tid_size = ctypes.addressof(wanted_id), 1
        call = functools.partial(
            self._system.syscall, _CLONE3, ctypes.byref(arguments), ctypes.sizeof(arguments)
        )
        api = ctypes.pythonapi
        afterwards = (api.PyOS_AfterFork_Parent, api.PyOS_AfterFork_Child)
        # No bytecode may run between these three, as another thread could get its turn then,
        # and find the interpreter locked. So what iterates over them is written in C.
        calls: Any = chain(
            (api.PyOS_BeforeFork, call),
            map(afterwards.__getitem__, map(truth, map(attrgetter("value"), (own_id,)))),
        )
        _, pid, _ = map(methodcaller("__call__"), calls)
        self._check(pid)
        return int(pid)

    def _check(self, result: int) -> None:
        import ctypes

        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@functools.lru_cache(None)
def _users() -> int | None:
    """Return what `Clones` needs here; None if the system does not allow them."""
    for users in (0, _NEW_USERS) if sys.platform.startswith("linux") else ():
        trial = Clones(users)

        def work(trial: Clones = trial) -> None:
            # A copy may fail although it can be made: where /proc cannot be mounted.
            _exit(min(trial.wait(trial.copy(bool))[1], 1))

        with contextlib.suppress(OSError):
            if os.waitpid(trial.hold(work), 0)[1] == 0:
                return users
    return None


def _lists_of_fork_hooks() -> list[list[Any]]:
    """Return the interpreter's own lists of what `os.register_at_fork` has registered."""

    def mark() -> None: ...

    os.register_at_fork(before=mark, after_in_parent=mark, after_in_child=mark)
    found = [one for one in gc.get_referrers(mark) if type(one) is list]
    for hooks in found:
        hooks.remove(mark)
    return found


@contextlib.contextmanager
def _without(lists: list[list[Any]]) -> Iterator[None]:
    """Leave out the hooks of forks, but those that put things in order, in the block."""
    kept = [list(hooks) for hooks in lists]
    for hooks in lists:
        hooks[:] = [one for one in hooks if getattr(one, "__module__", None) in _IN_ORDER]
    try:
        yield
    finally:
        for hooks, all_of_them in zip(lists, kept):
            hooks[:] = all_of_them


def _hold_id(held: int) -> None:
    """Let this process, a copy, have another id; not the processes that it forks."""

    def kill(pid: int, number: int) -> None:
        _kill(_getpid() if pid == held else pid, number)

    def let_go() -> None:
        os.getpid, os.kill = _getpid, _kill

    os.getpid, os.kill = (lambda: held), kill
    os.register_at_fork(after_in_child=let_go)


def _status_of(pid: int) -> int:
    """Wait for a child, and for all others that end before it; return its status."""
    try:
        while True:
            ended, status = os.waitpid(-1, 0)
            if ended == pid:
                return status
    except ChildProcessError:
        return 0  # The system forgets them, because the function has asked it to.


def _write(file: str, text: str) -> None:
    with open(file, "w", encoding="ascii") as stream:
        stream.write(text)
