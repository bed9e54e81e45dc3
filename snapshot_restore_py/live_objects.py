"""For authors of plugins: finds the live objects of a library, and cleans up all of them.

Import it inside a hook, not at the top of the provider's module: it is needed at the
snapshot, when time does not matter, and not at the start.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
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

    Each call looks at all objects that Python's garbage collector knows: some hundredths of
    a second for a million of them. What `gc.freeze()` has set aside is among them, and is
    no longer frozen then. Objects may be closed or half constructed.

    Args:
        kind: The class. Its own `__instancecheck__` is not asked.
    """
    gc.unfreeze()  # gc.get_objects() leaves out what is frozen.
    # isinstance() would ask a proxy for the class of what it stands for, which may fail.
    return [one for one in gc.get_objects() if kind in type(one).__mro__]


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
