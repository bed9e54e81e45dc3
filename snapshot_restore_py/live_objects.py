"""For authors of plugins: finds the live objects of a library, and cleans up all of them.

Import it inside a hook, not at the top of the provider's module: it is needed at the
snapshot, when time does not matter, and not at the start.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from asyncio import WriteTransport
    from collections.abc import Callable, Iterable

    Kind = TypeVar("Kind")


class CleanUpError(Exception):
    """Some objects could not be cleaned up; all the others were.

    Attributes:
        failures: A tuple of pairs: an object's description, and the exception.
    """

    def __init__(self, failures: tuple[tuple[str, Exception], ...]) -> None:
        lines = [f"{name}: {type(error).__name__}: {error}" for name, error in failures]
        super().__init__("; ".join(lines))
        self.failures = failures


def instances_of(kind: type[Kind]) -> list[Kind]:
    """Return the objects of a class, or of one derived from it, that live in this process.

    These are all that Python's garbage collector knows, in no order. The first call walks
    over all of them: some tenths of a second for two millions. The next calls, by whatever
    plugin and for whatever class, share that walk and look only at what was made since. It
    keeps no object alive. A call walks anew if

    - a collection of Python's older generations has run since (any collection, from Python
      3.14), or `gc.freeze()`;
    - there are more than 1,000 objects of one such class, or they cannot be weakly
      referenced: a class with `__slots__`, some of C.

    What `gc.freeze()` has set aside is found too, and is no longer frozen then. Objects may be
    closed or half constructed. One whose `__class__` another class was assigned to after the
    walk is missed.

    Args:
        kind: The class. Its own `__instancecheck__` is not asked.
    """
    from ._heap import instances

    return instances(kind)


def instances_in(module: str, kind: str, *, may_be_missing: bool = False) -> list[Any]:
    """Return the live objects of a class of a library, without importing the library.

    A class that a package exports lazily, by Python 3.15's lazy imports or a `__getattr__`
    of its own, is found where it is defined if it has been imported from there.

    Args:
        module: The full name of the module that has the class.
        kind: The class's name there.
        may_be_missing: Whether some versions of the library that you support lack the class.

    Returns:
        None of them if the module has not been imported by now, or has no such class.

    Warns:
        RuntimeWarning: If the module has been imported and has no such class, as that of a
            version which is not supported. Objects of its successor would not be found.
    """
    from ._exports import MissingClassError, exported_classes

    try:
        classes = exported_classes(module, kind)
    except MissingClassError as missing:
        if not may_be_missing:
            import warnings

            warnings.warn(str(missing), RuntimeWarning, stacklevel=2)
        return []
    found: dict[int, Any] = {}
    for each in classes:
        instances: list[Any] = instances_of(each)
        found.update((id(one), one) for one in instances)
    return list(found.values())


def for_each(
    objects: Iterable[Kind],
    action: Callable[[Kind], object],
    describe: Callable[[Kind], str] = repr,
) -> None:
    """Call `action` with each of the objects, also if it fails for some.

    Args:
        objects: What to clean up.
        action: Cleans up one object. Its result is not used.
        describe: Returns what the error calls an object; called only if `action` failed.

    Raises:
        CleanUpError: At the end, if `action` raised an Exception for one or more of the
            objects. The first one's exception is its `__cause__`.
    """
    failures: list[tuple[str, Exception]] = []
    for one in objects:
        try:
            action(one)
        except Exception as error:
            failures.append((_described(one, describe), error))
    if failures:
        raise CleanUpError(tuple(failures)) from failures[0][1]


def _described(one: Kind, describe: Callable[[Kind], str]) -> str:
    try:
        return describe(one)
    except Exception:  # A half constructed object may not even be able to tell its name.
        return object.__repr__(one)


def global_name(one: object) -> str | None:
    """Return the name of a module's variable that holds an object, as in "app.connection".

    Args:
        one: What a warning or an error has to name.

    Returns:
        None if no variable of an imported module holds it.
    """
    for module_name, module in list(sys.modules.items()):
        try:
            # Asking a lazy module for its attributes would import it.
            variables = object.__getattribute__(module, "__dict__")
        except AttributeError:
            continue  # Anything may stand in sys.modules, also None.
        for name, value in list(variables.items()):
            if value is one:
                return f"{module_name}.{name}"
    return None


def shut_down(descriptor: int) -> None:
    """Take a connection down for all who hold its socket, and wake a thread that reads.

    The socket objects stay open, and have to be closed by those who hold them. Those of TLS
    libraries and event loops lack methods of others, but all have a descriptor.

    Args:
        descriptor: The socket's file descriptor.
    """
    # The other end may have ended it already, or it was never made.
    with contextlib.suppress(OSError):
        duplicate = socket.socket(fileno=os.dup(descriptor))
        with duplicate:
            duplicate.shutdown(socket.SHUT_RDWR)


def close_transport(transport: WriteTransport) -> None:
    """Close the connection of an asyncio transport now, without a turn of its event loop.

    What is not sent yet is lost. A loop closes a transport in its next turn; before a
    snapshot that turn does not come if the loop rests between two events, or is closed.

    Args:
        transport: The transport, plain or TLS, of a loop that runs, rests or is closed. Call
            it from any thread.
    """
    connection = transport.get_extra_info("socket")
    loop: Any = getattr(transport, "_loop", None)
    runs_elsewhere = bool(loop and loop.is_running() and not _is_running_here(loop))
    if runs_elsewhere:
        loop.call_soon_threadsafe(transport.abort)
    else:
        # A closed loop refuses, but has nothing to keep the socket for.
        with contextlib.suppress(RuntimeError):
            transport.abort()
    if connection is None or connection.fileno() < 0:
        return
    shut_down(connection.fileno())
    # The loop's own socket object can be closed only where the loop has let go of it.
    own = getattr(connection, "_sock", None)
    if own is not None and not runs_elsewhere:
        own.close()


def _is_running_here(loop: object) -> bool:
    import asyncio

    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
