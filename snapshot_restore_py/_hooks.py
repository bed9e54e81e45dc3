"""What a hook is: an entry of the registry, which is two lists in the package's namespace."""

from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._plugins import PluginState
    from ._record import Entry, Plugin
    from ._signatures import Register  # pyright: ignore[reportMissingModuleSource]
else:
    Entry = tuple

lock = RLock()
"""Held while an entry changes its place."""

PHASES = ("before_snapshot", "after_restore")
MISSING = object()
"""Stands for the hook where none was passed."""

# Bits of `__code__.co_flags`, as in https://docs.python.org/3/library/inspect.html
GENERATOR, COROUTINE, ITERABLE_COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200
BODY_DOES_NOT_RUN = GENERATOR | COROUTINE | ASYNC_GENERATOR
"""The flags of functions whose body does not run when they are called."""


class Hook(Entry):
    """An entry of the registry: the tuple `(func, args, kwargs)`, which knows its plugin."""

    _owner: "PluginState | None" = None
    _rank: "tuple[Any, ...] | None" = None
    """Its plugin's rank, and its place among the plugin's hooks."""
    _module: "str | None" = None
    """The module whose code registered it; None for a well-known one."""
    _is_in_modules: "bool | None" = None
    """Whether that module is in `sys.modules` while it lives; None if that does not tell."""

    @property
    def plugin(self) -> "Plugin | None":
        """The plugin that the hook belongs to; None if it was registered explicitly."""
        return self._owner.record() if self._owner else None


def as_register(function: "Register") -> "Register":
    """Return `function`; it only tells type checkers how it treats a hook's signature."""
    return function


def label(registry: "list[Any]") -> "list[Hook]":
    """Return `registry` itself, its newest entries made to know that no plugin has them.

    Registering appends bare tuples, because that is what makes it fast.
    """
    with lock:
        index = len(registry) - 1
        while index >= 0 and type(registry[index]) is tuple:
            registry[index] = Hook(registry[index])
            index -= 1
    return registry
