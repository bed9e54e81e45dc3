"""Loads the plugins and puts their hooks into the registry; undoes the ones that fail."""

import sys

from ._entry_points import split_value
from ._plugins import PluginError, PluginWarning, choose, find_plugins, is_strict
from ._registry import PHASES, Hook, accepted, owners, place, remove

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
        self._providers: list[object] = []
        self._has_started = False

    def start(self, package: "dict[str, Any]") -> None:
        """Find and load the plugins, for the registry in the namespace `package`.

        Raises PluginError in strict mode if one fails, and if the choice of plugins makes
        no sense.
        """
        self._package = package
        if self._has_started:
            # The package was imported anew, this module was not: plugins keep their hooks.
            for phase in PHASES:
                hooks = [hook for plugin in self.plugins for hook in plugin.hooks[phase]]
                self._registry(phase)[:0] = hooks
        else:
            self._providers = []
            self.plugins = choose(find_plugins())
            chosen = [plugin for plugin in self.plugins if plugin.status != "disabled"]
            owners.claim([plugin for plugin in chosen if plugin.module])
            self.waiting = self._load([one for one in chosen if one.status == "waiting"])
            self._has_started = True
        self._report(self.plugins)

    def complete(self) -> None:
        """Load the plugins that waited; one whose module is still unfinished waits on.

        Raises PluginError in strict mode if one fails.
        """
        plugins, self.waiting = self.waiting, []
        self.waiting += self._load(plugins)
        self._report(plugins)

    def _load(self, plugins: "list[PluginState]") -> "list[PluginState]":
        """Load `plugins`, and return those that have to wait."""
        for plugin in plugins:
            self._remove_stale_hooks(plugin)
            try:
                self._offer(plugin, _provider(plugin))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                from ._unfinished import comes_from_unfinished_module

                if comes_from_unfinished_module(error):
                    self._remove_stale_hooks(plugin)
                    plugin.error = error
                else:
                    self._remove(plugin)
                    plugin.fail(error)
            else:
                plugin.status = "loaded"
                plugin.error = None
        return [plugin for plugin in plugins if plugin.status == "waiting"]

    def _offer(self, plugin: "PluginState", provider: object) -> None:
        """Register what a provider offers by its well-known names."""
        if any(known is provider for known in self._providers):
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
        self._providers.append(provider)

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


def _provider(plugin: "PluginState") -> object:
    module, attributes = split_value(plugin.value)
    __import__(module)
    provider: object = sys.modules[module]
    _check_finished(provider)
    for attribute in filter(None, attributes.split(".")):
        provider = getattr(provider, attribute)
    _check_finished(provider)
    return provider


def _check_finished(provider: object) -> None:
    if isinstance(provider, type(sys)) and is_unfinished(provider):
        name = vars(provider)["__name__"]
        raise UnfinishedModuleError(f"the import of {name} has not finished", name=name)


def is_unfinished(module: object) -> bool:
    """Tell whether a module is still being imported."""
    # Asking a lazy module for an attribute would import it.
    namespace = object.__getattribute__(module, "__dict__")
    spec = namespace.get("__spec__")
    if getattr(spec, "_initializing", False):
        return True
    if hasattr(getattr(spec, "loader", None), "exec_module"):
        return False
    # Loaders of the old protocol, such as Python 3.9's for zip files, leave no mark. The
    # module's code is on the stack then.
    frame: Any = sys._getframe()
    while frame and not (frame.f_globals is namespace and frame.f_code.co_name == "<module>"):
        frame = frame.f_back
    return frame is not None


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
    cause = f"{type(plugin.error).__name__}: {plugin.error}".rstrip(": ")
    return f"{plugin.describe()} failed, none of its hooks are registered: {cause}"


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
