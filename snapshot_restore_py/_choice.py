"""Chooses plugins by the environment variable. Imported only where it is set."""

from ._discovery import CHOICE_VARIABLE
from ._errors import PluginError
from ._metadata import normalize
from ._plugins import PluginState


def chosen(plugins: "list[PluginState]", choice: str) -> "list[PluginState]":
    """Return the plugins to load in the order of the choice, and after them the disabled ones.

    Raises PluginError if the choice mixes names to load with names to leave out.
    """
    names = [name.strip() for name in choice.split(",") if name.strip()]
    left_out = [name[1:].strip() for name in names if name[0] == "-"]
    if left_out and len(left_out) < len(names):
        raise PluginError(
            f"{CHOICE_VARIABLE}={choice!r} mixes plugins to load and plugins to leave out. "
            "Write either 'a,b' to load exactly these, or '-a,-b' to load all but these."
        )
    if names == ["none"]:
        names = []
    listed: dict[int, PluginState] = {}
    for name in left_out or names:
        found = _named(plugins, name)
        # A platform may leave out for all functions what some have not installed.
        if not found and not left_out:
            found = [_missing(name)]
        listed.update((id(one), one) for one in found)
    for plugin in plugins:
        if (id(plugin) in listed) == bool(left_out):
            plugin.disable()
    if left_out:
        return plugins
    return [*listed.values(), *(one for one in plugins if id(one) not in listed)]


def _named(plugins: "list[PluginState]", name: str) -> "list[PluginState]":
    by_name = [plugin for plugin in plugins if plugin.name == name]
    by_distribution = [plugin for plugin in plugins if plugin.key == normalize(name)]
    distribution, _, entry_point = name.partition(":")
    by_both = [
        plugin
        for plugin in plugins
        if (plugin.key, plugin.name) == (normalize(distribution.strip()), entry_point.strip())
    ]
    return by_name or by_distribution or by_both


def _missing(name: str) -> PluginState:
    missing = PluginState(name)
    missing.fail(
        LookupError(
            f"{CHOICE_VARIABLE} names {name!r}, but no installed distribution has that "
            "name, or an entry point of that name, in the group snapshot_restore_py"
        )
    )
    return missing
