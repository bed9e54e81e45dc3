"""Loads the plugins and puts their hooks into the registry; undoes the ones that fail."""

import sys
from _thread import RLock, get_ident
from os import environ
from time import perf_counter

from ._discovery import CHOICE_VARIABLE, STRICT_VARIABLE, Look
from ._hooks import PHASES, Hook
from ._plugins import find_plugins, is_stripped
from ._registry import (
    accepted,
    hand_over,
    in_order,
    is_from_living,
    is_in,
    is_same,
    owners,
    place,
    remove,
    take_back,
    take_out_explicit,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._plugins import PluginState
    from ._record import Entry
    from ._unfinished import Watch


class Loader:
    """Loads each plugin once, and keeps those that wait for another module's import."""

    def __init__(self) -> None:
        self.plugins: list[PluginState] = []
        self.waiting: list[PluginState] = []
        self._package: dict[str, Any] = {}
        self._providers: list[tuple[object, PluginState]] = []
        self._has_started = False
        self._lock = RLock()
        self._others: set[int] = set()
        """The threads that ran when the loading began; they wait for its end."""
        self._busy = 0
        self._needs: Any = None
        self.is_stripped = False
        """Whether the metadata folders have been removed from what was deployed."""

    def is_settled(self) -> bool:
        """Tell whether no plugin waits or is being loaded."""
        return self._has_started and not self.waiting and not self._busy

    def attach(self, package: "dict[str, Any]") -> None:
        """Work for the registry in the namespace `package`."""
        self._package = package
        package["_loader"] = self
        package["_explicit"] = {}

    def start(self, package: "dict[str, Any]", look: "Look | None") -> None:
        """Find and load the plugins, for the registry in the namespace `package`.

        `look` is what was seen on `sys.path`; without it, it is looked at now if need be.

        Raises PluginError in strict mode if one fails, and if the choice of plugins makes
        no sense.
        """
        self.attach(package)
        if self._has_started:
            # The package was imported anew, this module was not: plugins keep their hooks.
            self._bring_back()
        else:
            if not self.plugins:  # An interrupted import goes on where it stopped.
                plugins = choose(self._find(look or Look()))
                chosen = [plugin for plugin in plugins if plugin.status != "disabled"]
                owners.claim([plugin for plugin in chosen if plugin.module])
                self.plugins = plugins  # Last: from here on an interrupted import goes on.
            else:
                self._bring_back()
            self.waiting = [one for one in self.plugins if one.status == "waiting"]
            if self.waiting:
                self._let_others_import()
                with self._lock:
                    self._load()
            self._has_started = True
        if not owners.plugins:
            package["_explicit"] = None
        self._report(self.plugins)

    def _let_others_import(self) -> None:
        # Nothing that they may use is missing any more. Else a provider that waits for a thread
        # would wait for ever if that imports this package; and of two threads that wait for each
        # other's modules one gets half of one.
        spec: Any = self._package["__spec__"]
        spec._initializing = False  # What importlib asks before it lets another thread have it.

    def _find(self, look: Look) -> "list[PluginState]":
        if not look.finds_something():
            return []
        from ._distributions import Installed

        installed = Installed(look)
        found = find_plugins(look, installed)
        self.is_stripped = is_stripped(look, installed)
        return found

    def complete(self) -> None:
        """Load the plugins that waited; one whose module is still unfinished waits on.

        Raises PluginError in strict mode if one fails.
        """
        if self._busy and get_ident() not in self._others:
            return  # In the loading itself, or in a thread that it has started.
        # What another thread loads may need what this one is importing: then it would wait for
        # us, and we for it.
        if not self._lock.acquire(blocking=False):
            if unfinished_modules():
                return
            self._lock.acquire()
        try:
            plugins = self.waiting
            if plugins:
                self._load()
                self._report(plugins)
        finally:
            self._lock.release()

    def _entries(self) -> "list[Entry]":
        return [entry for phase in PHASES for entry in self._registry(phase)]

    def _bring_back(self) -> None:
        for phase in PHASES:
            hooks = [hook for plugin in self.plugins for hook in in_order(plugin, phase)]
            self._registry(phase)[:0] = hooks

    def _load(self) -> None:
        """Load the plugins that wait; those that have to wait on stay in `waiting`."""
        self._others = {*sys._current_frames()} - {get_ident()}
        self._busy += 1
        self._package["_explicit"] = {}
        self._needs = None
        try:
            # What is on the stack below stays there meanwhile.
            unfinished = unfinished_modules()
            for plugin in list(self.waiting):
                self._try(plugin, unfinished)
        finally:
            self._busy -= 1
            self.waiting = [one for one in self.waiting if one.status == "waiting"]

    def _try(self, plugin: "PluginState", unfinished: "dict[str, object]") -> None:
        if unfinished and self._has_to_wait(plugin, unfinished):
            return  # It would see half of a library.
        start, newest = perf_counter(), next(reversed(sys.modules))
        self._remove_stale_hooks(plugin)
        before = self._entries()
        watch = None
        try:
            if unfinished:
                from ._unfinished import Watch

                watch = Watch(unfinished)
            try:
                provider = _provider(plugin, unfinished)
            finally:
                if watch:
                    watch.end()
            if watch and watch.reached:
                raise _unfinished_error(watch.reached)
            self._offer(plugin, provider)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            explicit = _explicit(before)
            if watch and watch.explains(error):
                self._forget(watch, explicit)
                self._remove_stale_hooks(plugin)
                plugin.wait(error)
            else:
                plugin.fail(error)
                for phase in PHASES:
                    hand_over(self._registry(phase), phase, plugin)
                self._remove(plugin, keep=_none)
                plugin.stays = [
                    one[0] for one in _explicit(self._entries()) if not is_in(one, explicit)
                ]
        else:
            plugin.load()
            self._remove(plugin, keep=_is_well_known_or_living)
        plugin.seconds += perf_counter() - start
        plugin.modules = _modules_after(newest)

    def _has_to_wait(self, plugin: "PluginState", unfinished: "dict[str, object]") -> bool:
        module = plugin.module + "."
        needed = next((name for name in unfinished if module.startswith(name + ".")), None)
        if needed is None:
            if self._needs is None:
                from ._unfinished import Needs

                self._needs = Needs()
            needed = self._needs.one_of(unfinished, plugin.key)
        if needed is not None:
            plugin.wait(_unfinished_error(needed))
        return needed is not None

    def _forget(self, watch: "Watch", explicit: "list[Entry]") -> None:
        # Modules that saw half of a library are imported anew once it is complete.
        inside = tuple(f"{name}." for name in watch.touched())
        new = sys.modules.keys() - watch.before
        gone = {name for name in new if f"{name}.".startswith(inside)}
        for name in gone:
            module = sys.modules.pop(name, None)
            # Else `from package import module` would find it there.
            package, _, last = name.rpartition(".")
            around = getattr(sys.modules.get(package), "__dict__", {})
            if around.get(last, package) is module:
                del around[last]
        for phase in PHASES:
            take_back(self._registry(phase), gone, keep=explicit)
        for one in self.plugins:
            self._remove(one, keep=_is_well_known_or_living)

    def _offer(self, plugin: "PluginState", provider: object) -> None:
        """Register what a provider offers by its well-known names."""
        if any(known is provider and one is not plugin for known, one in self._providers):
            return  # An earlier entry point names the same provider: its hooks are there.
        offers = {phase: getattr(provider, phase) for phase in PHASES if hasattr(provider, phase)}
        for phase, func in offers.items():
            _check(plugin, provider, phase, func)
            hook = Hook((accepted(func, f"{plugin.value}: {phase}"), (), {}))
            if not any(is_same(hook, one) for one in plugin.hooks[phase]):
                # Decorated in a module that is nobody's, it is this plugin's nevertheless.
                take_out_explicit(self._registry(phase), hook, plugin)
                place(self._registry(phase), phase, hook, plugin, well_known=True)
        if not offers and not any(plugin.hooks.values()):
            from ._errors import NoHookError

            raise NoHookError(
                f"{plugin.value} offers no hook. A provider has a function before_snapshot or "
                "after_restore, or its module registers hooks while it is imported"
            )
        self._providers.append((provider, plugin))

    def _remove_stale_hooks(self, plugin: "PluginState") -> None:
        # A module whose import failed is gone and will register its hooks anew.
        self._remove(plugin, keep=is_from_living)

    def _remove(self, plugin: "PluginState", keep: "Callable[[Hook], bool]") -> None:
        if any(plugin.hooks.values()):
            remove([self._registry(phase) for phase in PHASES], plugin, keep)

    def _registry(self, phase: str) -> "list[Entry]":
        registry: list[Entry] = self._package[f"_{phase}_registry"]
        return registry

    def _report(self, plugins: "list[PluginState]") -> None:
        is_missed = self.is_stripped and plugins is self.plugins
        failed = [plugin for plugin in plugins if plugin.status == "failed"]
        if is_missed or failed:
            from ._failures import report

            report(failed, is_stripped=is_missed, is_strict=_is_strict())


def _none(_: Hook) -> bool:
    return False


def _is_well_known_or_living(hook: Hook) -> bool:
    return hook._module is None or is_from_living(hook)


def _explicit(entries: "list[Entry]") -> "list[Entry]":
    return [entry for entry in entries if getattr(entry, "_owner", None) is None]


def choose(plugins: "list[PluginState]") -> "list[PluginState]":
    """Return `plugins` in the order to load them, the ones not chosen as "disabled".

    The choice is made by the environment variable `SNAPSHOT_RESTORE_PLUGINS`. Raises
    PluginError if it mixes names to load with names to leave out, and if
    `SNAPSHOT_RESTORE_PLUGINS_STRICT` is none of its words.
    """
    _is_strict()
    choice = environ.get(CHOICE_VARIABLE)
    if choice is not None:
        from ._choice import chosen

        plugins = chosen(plugins, choice)
    for rank, plugin in enumerate(plugins):
        plugin.rank = rank
    return plugins


def _is_strict() -> bool:
    """Tell whether a failed plugin is an error, by `SNAPSHOT_RESTORE_PLUGINS_STRICT=1`.

    Raises PluginError if the variable holds anything but 1, true, yes, on, or the opposites.
    """
    if STRICT_VARIABLE not in environ:
        return False
    from ._switches import is_on

    return is_on(STRICT_VARIABLE, "to make a failed plugin an error")


def unfinished_modules() -> "dict[str, object]":
    """Return the modules whose import is on this thread's stack, the program excepted."""
    found: dict[str, object] = {}
    frame: Any = sys._getframe(1)
    while frame:
        code = frame.f_code.co_name
        name = None
        if code == "<module>":
            name = frame.f_globals.get("__name__")
            if getattr(sys.modules.get(name), "__dict__", None) is not frame.f_globals:
                name = None
        elif code == "_load_unlocked":  # importlib's: a compiled module has no other frame.
            name = getattr(frame.f_locals.get("spec"), "name", None)
        if name in sys.modules and name not in ("__main__", __package__):
            found[name] = sys.modules[name]
        frame = frame.f_back
    return found


def _provider(plugin: "PluginState", unfinished: "dict[str, object]") -> object:
    __import__(plugin.module)
    provider: object = sys.modules[plugin.module]
    for attribute in filter(None, plugin.attributes.split(".")):
        provider = getattr(provider, attribute)
    for name, one in unfinished.items():
        if one is provider:
            raise _unfinished_error(name)
    return provider


def _check(plugin: "PluginState", provider: object, phase: str, func: object) -> None:
    if not callable(func):
        raise TypeError(
            f"{plugin.value}: {phase} is {func!r}, not callable. It has to be a function "
            "that takes no arguments"
        )
    if _needs_instance(provider, phase):
        raise TypeError(
            f"{plugin.value} is a class, and its {phase} needs an instance. Make one in its "
            "module and name that one in the entry point"
        )
    if _needs_arguments(func):
        raise TypeError(
            f"{plugin.value}: {phase} needs arguments, but it is called without any. Give "
            "them defaults"
        )


def _needs_instance(provider: object, phase: str) -> bool:
    if not isinstance(provider, type):
        return False
    own = next((vars(kind)[phase] for kind in provider.__mro__ if phase in vars(kind)), None)
    return hasattr(type(own), "__get__") and not isinstance(own, (classmethod, staticmethod))


def _needs_arguments(func: "Any") -> bool:
    # Of a Python function or bound method; what else can be called tells less about itself.
    bound = hasattr(func, "__func__")
    function = func.__func__ if bound else func
    if not isinstance(function, type(_needs_arguments)):
        return False
    code = function.__code__
    positional = code.co_argcount - len(function.__defaults__ or ()) - bound
    return positional > 0 or code.co_kwonlyargcount > len(function.__kwdefaults__ or ())


def _unfinished_error(name: str) -> ImportError:
    from ._errors import UnfinishedModuleError

    return UnfinishedModuleError(f"the import of {name} has not finished", name=name)


def _modules_after(newest: str) -> "list[str]":
    """Return the names of the modules that came after `newest`, in their order."""
    found: list[str] = []
    for name in reversed(sys.modules):
        if name == newest:
            return found[::-1]
        found.append(name)
    return []  # It has been taken out, so nothing tells.


loader = Loader()
