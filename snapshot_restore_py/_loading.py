"""Loads the plugins and puts their hooks into the registry; undoes the ones that fail."""

import sys
from _thread import RLock, get_ident

from ._entry_points import split_value
from ._plugins import PluginError, PluginWarning, choose, find_plugins, is_strict
from ._registry import PHASES, Hook, accepted, hand_over, owners, place, remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Any

    from ._plugins import PluginState
    from ._registry import Entry


class UnfinishedModuleError(ImportError):
    """A provider is in a module that is still being imported further up the stack."""


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

    def is_settled(self) -> bool:
        """Tell whether no plugin waits or is being loaded."""
        return self._has_started and not self.waiting and not self._busy

    def start(self, package: "dict[str, Any]") -> None:
        """Find and load the plugins, for the registry in the namespace `package`.

        Raises PluginError in strict mode if one fails, and if the choice of plugins makes
        no sense.
        """
        self._package = package
        if self._has_started:
            # The package was imported anew, this module was not: plugins keep their hooks.
            self._bring_back()
        else:
            if not self.plugins:  # An interrupted import goes on where it stopped.
                self.plugins = choose(find_plugins())
                chosen = [plugin for plugin in self.plugins if plugin.status != "disabled"]
                owners.claim([plugin for plugin in chosen if plugin.module])
            else:
                self._bring_back()
            self.waiting = [one for one in self.plugins if one.status == "waiting"]
            if self.waiting:
                self._load()
            self._has_started = True
        self._report(self.plugins)

    def complete(self) -> None:
        """Load the plugins that waited; one whose module is still unfinished waits on.

        Raises PluginError in strict mode if one fails.
        """
        if self._busy and get_ident() not in self._others:
            return  # In the loading itself, or in a thread that it has started.
        with self._lock:
            plugins = self.waiting
            if plugins:
                self._load()
                self._report(plugins)

    def _explicit(self) -> "list[Entry]":
        every = [entry for phase in PHASES for entry in self._registry(phase)]
        return [entry for entry in every if getattr(entry, "_owner", None) is None]

    def _bring_back(self) -> None:
        for phase in PHASES:
            hooks = [hook for plugin in self.plugins for hook in plugin.hooks[phase]]
            self._registry(phase)[:0] = hooks

    def _load(self) -> None:
        """Load the plugins that wait; those that have to wait on stay in `waiting`."""
        self._others = {*sys._current_frames()} - {get_ident()}
        self._busy += 1
        self._package["_unclaimed"] = -1
        self._needs = None
        try:
            for plugin in list(self.waiting):
                self._try(plugin)
        finally:
            self._busy -= 1
            self.waiting = [one for one in self.waiting if one.status == "waiting"]

    def _try(self, plugin: "PluginState") -> None:
        unfinished = unfinished_modules()
        if unfinished and self._has_to_wait(plugin, unfinished):
            return  # It would see half of a library.
        self._remove_stale_hooks(plugin)
        explicit = self._explicit()
        watch = ImportWatch(unfinished) if unfinished else None
        try:
            try:
                provider = _provider(plugin, unfinished)
            finally:
                if watch:
                    watch.end()
            if watch and watch.reached:
                raise UnfinishedModuleError(f"the import of {watch.reached} has not finished")
            self._offer(plugin, provider)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if watch and (watch.reached or _is_premature(error, unfinished)):
                self._forget(watch)
                self._remove_stale_hooks(plugin)
                plugin.error = error
            else:
                plugin.fail(error)
                for phase in PHASES:
                    hand_over(self._registry(phase), phase, plugin)
                self._remove(plugin)
                plugin.stays = [one[0] for one in self._explicit() if not _is_in(one, explicit)]
        else:
            plugin.status = "loaded"
            plugin.error = None

    def _has_to_wait(self, plugin: "PluginState", unfinished: "dict[str, object]") -> bool:
        module = plugin.module + "."
        if any(module.startswith(name + ".") for name in unfinished):
            return True
        if self._needs is None:
            from ._unfinished import Needs

            self._needs = Needs()
        needs_one: bool = self._needs.one_of(unfinished, plugin.key)
        return needs_one

    def _forget(self, watch: "ImportWatch") -> None:
        # Modules that saw half of a library are imported anew once it is complete.
        for name in watch.seen - watch.before:
            sys.modules.pop(name, None)
        for one in self.plugins:
            self._remove(one, keep={None, *sys.modules})

    def _offer(self, plugin: "PluginState", provider: object) -> None:
        """Register what a provider offers by its well-known names."""
        if any(known is provider and one is not plugin for known, one in self._providers):
            return  # An earlier entry point names the same provider: its hooks are there.
        offers = {phase: getattr(provider, phase) for phase in PHASES if hasattr(provider, phase)}
        for phase, func in offers.items():
            _check(plugin, provider, phase, func)
            hook = Hook((accepted(func, f"{plugin.value}: {phase}"), (), {}))
            if hook not in plugin.hooks[phase]:
                place(self._registry(phase), phase, hook, plugin, well_known=True)
        if not offers and not any(plugin.hooks.values()):
            raise TypeError(
                f"{plugin.value} offers no hook. A provider has a function before_snapshot or "
                "after_restore, or its module registers hooks while it is imported"
            )
        self._providers.append((provider, plugin))

    def _remove_stale_hooks(self, plugin: "PluginState") -> None:
        # A module whose import failed is gone and will register its hooks anew.
        self._remove(plugin, keep=sys.modules)

    def _remove(self, plugin: "PluginState", keep: "Container[str | None]" = ()) -> None:
        remove([self._registry(phase) for phase in PHASES], plugin, keep)

    def _registry(self, phase: str) -> "list[Entry]":
        registry: list[Entry] = self._package[f"_{phase}_registry"]
        return registry

    def _report(self, plugins: "list[PluginState]") -> None:
        failed = [plugin for plugin in plugins if plugin.status == "failed"]
        if failed and is_strict():
            raise PluginError(_message(failed[0]), failed[0]) from failed[0].error
        for plugin in failed:
            if not plugin.reported:
                plugin.reported = True
                _warn(plugin)


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


class ImportWatch:
    """Notices an import statement that reaches a module which is still being imported.

    It takes the place of `builtins.__import__` until `end()`.
    """

    def __init__(self, unfinished: "dict[str, object]") -> None:
        import builtins

        self._builtins = builtins
        self._unfinished = unfinished
        self._import = builtins.__import__
        self._thread = get_ident()
        self.before = set(sys.modules)
        self.reached = ""
        self.seen: set[str] = set()
        """The modules whose imports may have seen half of a library."""
        builtins.__import__ = self

    def __call__(self, name: str, *args: "Any", **kwargs: "Any") -> "Any":
        """Import as the statement does, and note what was reached."""
        module = self._import(name, *args, **kwargs)
        if get_ident() == self._thread:
            # The arguments are (name, globals, locals, fromlist, level).
            fromlist = (args[2] if len(args) > 2 else kwargs.get("fromlist")) or ()
            level = args[3] if len(args) > 3 else kwargs.get("level", 0)
            full = module.__name__ if level else name
            for one in (full, *(f"{full}.{part}" for part in fromlist)):
                if one in self._unfinished:
                    self.reached = self.reached or one
                    self._note(sys._getframe(1))
        return module

    def _note(self, frame: "Any") -> None:
        # The importing modules up to here may have seen half of the library.
        while frame:
            if frame.f_code.co_name == "<module>":
                name = frame.f_globals.get("__name__")
                if name in self._unfinished:
                    break
                self.seen.add(name)
            frame = frame.f_back

    def end(self) -> None:
        """Put the import back."""
        if self._builtins.__import__ is self:
            self._builtins.__import__ = self._import


def _provider(plugin: "PluginState", unfinished: "dict[str, object]") -> object:
    module, attributes = split_value(plugin.value)
    __import__(module)
    provider: object = sys.modules[module]
    for attribute in filter(None, attributes.split(".")):
        provider = getattr(provider, attribute)
    for name, one in unfinished.items():
        if one is provider:
            raise UnfinishedModuleError(f"the import of {name} has not finished", name=name)
    return provider


def _is_premature(error: BaseException, unfinished: "dict[str, object]") -> bool:
    if isinstance(error, UnfinishedModuleError):
        return True
    from ._unfinished import comes_from_one

    return comes_from_one(error, unfinished)


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


def _message(plugin: "PluginState") -> str:
    try:
        text = str(plugin.error)
    except BaseException:  # A foreign exception can fail to tell its text.
        text = ""
    cause = f"{type(plugin.error).__name__}: {text}".rstrip(": ")
    if not plugin.stays:
        return f"{plugin.describe()} failed, none of its hooks are registered: {cause}"
    names = ", ".join(sorted({getattr(func, "__name__", "a hook") for func in plugin.stays}))
    return (
        f"{plugin.describe()} failed, and its hooks are undone; these stay, which other modules "
        f"or threads registered while it was imported: {names}. The cause: {cause}"
    )


def _is_in(entry: object, entries: "list[Entry]") -> bool:
    return any(entry is one for one in entries)


def _warn(plugin: "PluginState") -> None:
    import warnings

    # Shown at the line that imported this package, or that read the registry.
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(
        (__package__, "importlib", "_frozen_importlib")
    ):
        frame = frame.f_back
    warning = PluginWarning(_message(plugin), plugin)
    warning.__cause__ = plugin.error
    warnings.warn_explicit(warning, PluginWarning, frame.f_code.co_filename, frame.f_lineno)


loader = Loader()
