"""Puts hooks into the registry: what is accepted as a hook, and where it stands.

The registry itself is two lists in the package's own namespace, where code written for
AWS's module reads and rebinds them.
"""

import sys
from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from typing import Any

    from ._plugins import PluginState
    from ._record import Plugin
    from ._signatures import Register  # pyright: ignore[reportMissingModuleSource]

    Entry = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]
else:
    Entry = tuple

PHASES = ("before_snapshot", "after_restore")
MISSING = object()
"""Stands for the hook where none was passed."""

# Bits of `__code__.co_flags`, as in https://docs.python.org/3/library/inspect.html
_GENERATOR, _COROUTINE, _ITERABLE_COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200
BODY_DOES_NOT_RUN = _GENERATOR | _COROUTINE | _ASYNC_GENERATOR
"""The flags of functions whose body does not run when they are called."""

_lock = RLock()


class Hook(Entry):
    """An entry of the registry: the tuple `(func, args, kwargs)`, which knows its plugin."""

    _owner: "PluginState | None" = None
    _rank: "tuple[int, bool] | None" = None
    """Its plugin's rank, and whether it is one of the plugin's two well-known ones."""
    _module: "str | None" = None
    """The module whose code registered it; None for a well-known one."""

    @property
    def plugin(self) -> "Plugin | None":
        """The plugin that the hook belongs to; None if it was registered explicitly."""
        if self._owner is None:
            return None
        from ._record import record

        return record(self._owner)


class Owners:
    """The plugins to which hooks belong, by the module whose code registers them."""

    def __init__(self) -> None:
        self.plugins: Sequence[PluginState] = ()
        """Those that can own a hook, in order."""
        self.unclaimed: set[str] = set()
        """Modules known to be no plugin's, which spares most registrations the search."""

    def claim(self, plugins: "Sequence[PluginState]") -> None:
        """Let `plugins` own what their modules register; where two could, the first."""
        self.plugins = plugins
        self.unclaimed.clear()

    def of(self, module: str) -> "PluginState | None":
        """Return the plugin that owns what the code of `module` registers, None if none does."""
        owner = next((plugin for plugin in self.plugins if plugin.claims(module)), None)
        if owner is None:
            self.unclaimed.add(module)
        return owner


owners = Owners()


def as_register(function: "Register") -> "Register":
    """Return `function`; it only tells type checkers how it treats a hook's signature."""
    return function


def register(
    registry: "list[Entry]",
    phase: str,
    func: "Any",
    args: "Any",
    kwargs: "Any",
    caller: "dict[str, Any]",
) -> None:
    """Register a hook that is not a plain function, or that can be a plugin's.

    Raises TypeError if `func` cannot be a hook.
    """
    func = accepted(func, f"register_{phase}")
    module = caller.get("__name__")
    owner = owners.of(module) if isinstance(module, str) else None
    if owner is None:
        registry.append((func, args, kwargs))
    elif owner.status != "failed":
        hook = Hook((func, args, kwargs))
        hook._module = module
        place(registry, phase, hook, owner)


def place(
    registry: "list[Entry]",
    phase: str,
    hook: Hook,
    owner: "PluginState",
    *,
    well_known: bool = False,
) -> None:
    """Put a plugin's hook where it belongs: before all explicit ones, in its plugin's place."""
    hook._owner = owner
    hook._rank = (owner.rank, well_known)
    with _lock:
        for hooks in (registry, owner.hooks[phase]):
            hooks.insert(_index(hooks, hook._rank), hook)


def _index(hooks: "list[Any]", rank: "tuple[int, bool]") -> int:
    # Plugins' hooks stand sorted at the front, so the place is found by halving.
    low, high = 0, len(hooks)
    while low < high:
        middle = (low + high) // 2
        other = getattr(hooks[middle], "_rank", None)
        if other is None or other > rank:
            high = middle
        else:
            low = middle + 1
    return low


def remove(
    registries: "list[list[Entry]]", owner: "PluginState", keep: "Container[str | None]"
) -> None:
    """Take a plugin's hooks out of the registry and of the plugin, but those of modules to keep."""
    with _lock:
        every: list[list[Any]] = [*registries, *owner.hooks.values()]
        for hooks in every:
            hooks[:] = [
                hook
                for hook in hooks
                if not (
                    isinstance(hook, Hook) and hook._owner is owner and hook._module not in keep
                )
            ]


def label(registry: "list[Any]") -> "list[Hook]":
    """Return `registry` itself, its newest entries made to know that no plugin has them.

    Registering appends bare tuples, because that is what makes it fast.
    """
    with _lock:
        index = len(registry) - 1
        while index >= 0 and type(registry[index]) is tuple:
            registry[index] = Hook(registry[index])
            index -= 1
    return registry


def accepted(func: "Any", function_name: str) -> "Any":
    """Return the callable to register for `func`; it runs a coroutine to its end.

    Raises TypeError, which says what to write instead, if `func` cannot be a hook.
    """
    if func is MISSING:
        raise TypeError(
            f"{function_name}() got no hook. As a decorator it takes no parentheses: "
            f"write @{function_name}"
        )
    if not callable(func):
        raise TypeError(
            f"{function_name}() takes a callable as the hook, not {_short(func)}. "
            f"Pass the function itself: {function_name}(func, *args, **kwargs)"
        )
    hook: Any = func
    flags = _code_flags(hook)
    if flags & (_COROUTINE | _ITERABLE_COROUTINE):
        from ._coroutines import AsyncHook

        return AsyncHook(hook)
    if flags & BODY_DOES_NOT_RUN:
        raise TypeError(
            f"{function_name}() cannot take {_short(func)}: it is a generator function, "
            "and calling it does not run its body. Write a function without 'yield'"
        )
    return func


def _code_flags(func: "Any") -> int:
    functools = sys.modules.get("functools")
    # A callable's code can stand behind partial objects, bound methods and __call__
    # methods; a limit keeps an object that is its own __call__ from holding us here.
    for _ in range(20):
        flags = getattr(getattr(func, "__code__", None), "co_flags", None)
        if isinstance(flags, int):
            return flags
        if functools and isinstance(func, functools.partial):
            func = func.func
        else:
            func = getattr(func, "__func__", None) or type(func).__call__
    return 0


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"a {type(value).__name__} object"
