"""Puts hooks into the registry: what is accepted as a hook, whose it is, where it stands.

The registry itself is two lists in the package's own namespace, where code written for
AWS's module reads and rebinds them.
"""

import sys

from ._hooks import BODY_DOES_NOT_RUN, COROUTINE, ITERABLE_COROUTINE, MISSING, Hook, label, lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ._plugins import PluginState
    from ._record import Entry


class Owners:
    """The plugins to which hooks belong, by the module whose import registers them."""

    def __init__(self) -> None:
        self.plugins: Sequence[PluginState] = ()
        """Those that can own a hook, in order."""

    def claim(self, plugins: "Sequence[PluginState]") -> None:
        """Let `plugins` own what their modules register."""
        self.plugins = plugins

    def of(self, module: str) -> "PluginState | None":
        """Return the plugin that owns what the import of `module` registers, None if none does.

        It is the plugin whose module that is or is inside, the most specific one. What else
        the package around plugins registers is theirs in common: it belongs to the first one
        that has not failed.
        """
        own = [one for one in self.plugins if f"{module}.".startswith(one.module + ".")]
        if own:
            deepest = max(len(one.module) for one in own)
            own = [one for one in own if len(one.module) == deepest]
            return _first_not_failed(own) or own[0]
        package = module
        while package:
            if not _is_shared(package):
                around = [one for one in self.plugins if one.module.startswith(package + ".")]
                first = _first_not_failed(around)
                if first:
                    return first
            package = package.rpartition(".")[0]
        return None


def _is_shared(package: str) -> bool:
    """Tell whether strangers have modules in a package: it is a namespace."""
    module = sys.modules.get(package)
    if module is None:
        return False  # Its import has failed, which that of a namespace cannot.
    path: Any = getattr(module, "__path__", None)
    if not isinstance(path, list):  # One without a file has a path of its own kind.
        return path is not None or not hasattr(module, "__file__")
    # One of the old style has a file in each of the folders that it is made of.
    end = package.rpartition(".")[2]
    return sum(str(one).endswith((f"/{end}", f"\\{end}")) for one in path) > 1


def _first_not_failed(plugins: "list[PluginState]") -> "PluginState | None":
    return next((plugin for plugin in plugins if plugin.can_own()), None)


def importing_module(frame: "Any") -> "tuple[str, Any]":
    """Return the innermost module whose body is on the stack, and the body's frame.

    A compiled module's body has no frame: then it is None. Where there is no body, as in a
    thread, it is the module of the function in `frame`, and None.
    """
    caller = frame.f_globals.get("__name__")
    while frame:
        code = frame.f_code.co_name
        if code == "<module>" and "__spec__" in frame.f_globals:
            name = frame.f_globals.get("__name__")
            if name == "__main__":  # `python -m lib` runs the module lib under this name.
                name = getattr(frame.f_globals["__spec__"], "name", name)
            return (name if isinstance(name, str) else ""), frame
        if code == "_load_unlocked" and "spec" in frame.f_locals:
            # importlib's, which calls what runs the body.
            return str(getattr(frame.f_locals["spec"], "name", "")), None
        frame = frame.f_back
    return (caller if isinstance(caller, str) else ""), None


_OPTIMIZED = 0x1
"""The flag of a function's code, whose variables no other code can have replaced."""
owners = Owners()
_FunctionType = type(importing_module)
_MethodType: "Any" = type(owners.of)


def register(
    registry: "list[Entry]",
    phase: str,
    func: "Any",
    args: "Any",
    kwargs: "Any",
    frame: "Any",
) -> "dict[str, Any] | None":
    """Register a hook that is not a plain function, or that can be a plugin's.

    Return the namespace of the module being imported if the hook is explicit. Raises TypeError
    if `func` cannot be a hook.
    """
    func = accepted(func, f"register_{phase}")
    module, body = importing_module(frame)
    hook = Hook((func, args, kwargs))
    hook._module = module
    if body and body.f_globals.get("__name__") != module:
        hook._is_in_modules = False  # The program: imported under its name, it has its hooks twice.
    elif module in sys.modules:
        hook._is_in_modules = True
    owner = owners.of(module) if owners.plugins else None
    if owner is None:
        with lock:
            label(registry).append(hook)
        return body and body.f_globals  # type: ignore[no-any-return]
    if owner.can_own() and not _runs_as_program(module, owner):
        if owner.status == "failed":
            owner.load()  # It lacked hooks, because this module was not imported yet.
        if phase == "after_restore" and owner.status == "loaded" and _runs(registry, frame):
            hook._owner = owner
            with lock:
                registry.append(hook)
                owner.hooks[phase].append(hook)
        else:
            place(registry, phase, hook, owner)
    return None


def _runs(registry: "list[Entry]", frame: "Any") -> bool:
    """Tell whether somebody on the stack runs the hooks: it has one of them at hand.

    It iterates over the list: what is inserted before that place moves the hook that runs to
    the next one, where it runs again, and does not run itself.
    """
    entries = [entry for entry in registry if isinstance(entry, tuple) and len(entry) == 3]
    hands = {id(part) for entry in entries for part in (entry, entry[2])} - {id(None)}
    codes = {id(entry[0].__code__) for entry in entries if type(entry[0]) is _FunctionType}
    called = 0
    while frame:
        values: dict[str, Any] = {}
        if frame.f_code.co_flags & _OPTIMIZED:
            values = frame.f_locals
        elif called in codes:  # A module's variables stay, and may be left of a listing.
            values = frame.f_globals
        if any(id(one) in hands for one in list(values.values())):
            return True
        called, frame = id(frame.f_code), frame.f_back
    return False


def _runs_as_program(module: str, owner: "PluginState") -> bool:
    # `python -m lib` runs a plugin's module a second time; the import's hooks are enough.
    program = getattr(getattr(sys.modules.get("__main__"), "__spec__", None), "name", None)
    imported = sys.modules.get(module)
    spec = getattr(imported, "__spec__", None)
    return (
        program == module
        and (f"{owner.module}.".startswith(module + ".") or imported is not None)
        and not getattr(spec, "_initializing", False)
    )


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
    hook._rank = (owner.rank, *_place_in_plugin(hook._module, owner, well_known))
    with lock:
        for hooks in (registry, owner.hooks[phase]):
            hooks.insert(_index(hooks, hook._rank), hook)


def _place_in_plugin(
    module: "str | None", owner: "PluginState", well_known: bool
) -> "tuple[int, list[str]]":
    # By module, so that it makes no difference which one is imported first: the others of
    # the library by name, a package before what is in it; the provider's; those inside it.
    if well_known or module is None:
        return 3, []
    if module == owner.module:
        return 1, []
    return (2 if module.startswith(owner.module + ".") else 0), module.split(".")


def in_order(owner: "PluginState", phase: str) -> "list[Hook]":
    """Return a plugin's hooks in their places, those that were registered in a run too."""
    hooks: list[Any] = owner.hooks[phase]
    for hook in hooks:
        hook._rank = (owner.rank, *_place_in_plugin(hook._module, owner, well_known=False))
    hooks.sort(key=lambda hook: hook._rank)
    return hooks


def _index(hooks: "list[Any]", rank: "tuple[Any, ...]") -> int:
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
    registries: "list[list[Entry]]", owner: "PluginState", keep: "Callable[[Hook], bool]"
) -> None:
    """Take a plugin's hooks out of the registry and of the plugin, but those to keep."""
    with lock:
        every: list[list[Any]] = [*registries, *owner.hooks.values()]
        for hooks in every:
            hooks[:] = [
                hook
                for hook in hooks
                if not (isinstance(hook, Hook) and hook._owner is owner and not keep(hook))
            ]


def is_from_living(hook: Hook) -> bool:
    """Tell whether the module that registered a hook is still there: its import has not failed."""
    is_there = hook._module in sys.modules
    return hook._module is not None and hook._is_in_modules in (is_there, None)


def is_in(entry: object, entries: "list[Entry]") -> bool:
    """Tell whether an entry itself, and not one that is equal to it, is among others."""
    return any(entry is one for one in entries)


def is_same(one: "Any", other: "Any") -> bool:
    """Tell whether two entries are the same call, without asking foreign objects to compare."""
    if not isinstance(other, tuple) or len(other) != 3 or any(one[1:]) or any(other[1:]):
        return False
    func, other_func = _called(one[0]), _called(other[0])
    if type(func) is type(other_func) is _MethodType:
        return func.__self__ is other_func.__self__ and func.__func__ is other_func.__func__
    return func is other_func


def _called(func: "Any") -> "Any":
    coroutines = sys.modules.get("snapshot_restore_py._coroutines")
    return func.__wrapped__ if coroutines and type(func) is coroutines.AsyncHook else func


def take_out_explicit(registry: "list[Entry]", hook: Hook, owner: "PluginState") -> None:
    """Take out the explicit hooks that are the same as `hook`, which `owner` offers.

    Where its function is defined in the plugin's own modules, somebody else has registered it
    once more.
    """
    module = getattr(_called(hook[0]), "__module__", None)
    if isinstance(module, str) and owners.of(module) is owner:
        return
    with lock:
        registry[:] = [
            one for one in registry if getattr(one, "_owner", None) or not is_same(hook, one)
        ]


def take_back(registry: "list[Entry]", modules: "set[str]", keep: "list[Entry]") -> None:
    """Take out the explicit hooks that `modules` registered, but those in `keep`."""
    with lock:
        registry[:] = [
            hook
            for hook in registry
            if not isinstance(hook, Hook)
            or hook._owner
            or hook._module not in modules
            or is_in(hook, keep)
        ]


def hand_over(registry: "list[Entry]", phase: str, owner: "PluginState") -> None:
    """Give what the failed plugin `owner` has in common with others to its next owner.

    But not what was registered by a module whose own import failed.
    """
    with lock:
        explicit: list[Hook] = []
        for hook in owner.hooks[phase][:]:
            heir = owners.of(hook._module or "")
            if heir is owner or not is_from_living(hook):
                continue
            _take_out(registry, hook)
            _take_out(owner.hooks[phase], hook)
            if heir:
                place(registry, phase, hook, heir)
            else:
                hook._owner = hook._rank = None
                explicit.append(hook)
        index = sum(1 for one in registry if getattr(one, "_rank", None))
        registry[index:index] = explicit


def _take_out(hooks: "list[Any]", hook: Hook) -> None:
    """Take one hook out, if it is there."""
    hooks[:] = [one for one in hooks if one is not hook]


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
    if flags & (COROUTINE | ITERABLE_COROUTINE):
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
        try:
            flags = getattr(getattr(func, "__code__", None), "co_flags", None)
            if isinstance(flags, int):
                return flags
            if functools and issubclass(type(func), functools.partial):
                func = func.func
            else:
                func = getattr(func, "__func__", None) or type(func).__call__
        except Exception:  # A proxy can raise anything where there is nothing behind it.
            return 0
    return 0


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception:
        text = ""
    return text if 0 < len(text) <= 80 else f"a {type(value).__name__} object"
