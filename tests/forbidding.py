"""What a system may forbid its processes, for `preexec_fn` of subprocess."""

from __future__ import annotations

import ctypes
import errno
import struct

_PR_CAPBSET_DROP, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 24, 22, 38
_CAP_SYS_ADMIN = 21
_MODE_FILTER = 2
_CLONE3 = 435
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # instructions of BPF
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


def no_administration() -> None:
    """Give up what only administrators may."""
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_SYS_ADMIN, 0, 0, 0)


def no_clone3() -> None:
    """Let the system call `clone3` fail, as in many containers."""
    program = [
        (_LOAD, 0, 0, 0),
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERROR | errno.ENOSYS),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    header = struct.pack("HP", len(program), ctypes.addressof(code))
    prctl = ctypes.CDLL(None).prctl
    assert prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert prctl(_PR_SET_SECCOMP, _MODE_FILTER, header, 0, 0) == 0
