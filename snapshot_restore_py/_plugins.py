"""Turns entry points into plugins: in which order they stand, and which are chosen."""

import os

from ._discovery import CHOICE_VARIABLE, STRICT_VARIABLE
from ._entry_points import split_value
from ._states import PluginState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._discovery import Look
    from ._distributions import Installed
    from ._entry_points import EntryPoint


def find_plugins(look: "Look", installed: "Installed") -> "list[PluginState]":
    """Return the plugins of all distributions that a look has seen, in order.

    Those that cannot be read are among them, and so is a distribution between two plugins
    whose requirements cannot be read: then nobody knows the order.
    """
    from ._entry_points import EntryPoint, find

    entry_points = find(look, installed)
    places = {one.distribution.key: 0 for one in entry_points}
    errors: dict[str, Exception] = {}
    if len(places) > 1:
        from ._order import Requirements, by_requirements

        requirements = Requirements(installed)
        for place, key in enumerate(by_requirements(list(places), requirements)):
            places[key] = place
        errors = requirements.errors
        between = sorted(errors.keys() - places.keys())
        for unreadable in filter(None, map(installed.get, between)):
            places[unreadable.key] = len(places)
            entry_points.append(EntryPoint("", "", unreadable, errors[unreadable.key]))
    entry_points.sort(key=lambda one: (places[one.distribution.key], one.name, one.value))
    found: list[PluginState] = []
    for entry_point in entry_points:
        plugin = _plugin(entry_point, errors.get(entry_point.distribution.key))
        if not found or not _are_same(found[-1], plugin):
            found.append(plugin)
    return found


def is_stripped(look: "Look", installed: "Installed") -> bool:
    """Tell whether a look has seen no metadata of this package itself, though wanted."""
    # Where there is a plugin's, they are there.
    if (
        look.sees_us
        or look.declared
        or os.environ.get(CHOICE_VARIABLE, "-").strip() in ("", "none")
    ):
        return False
    return installed.get("snapshot-restore") is None


def _plugin(entry_point: "EntryPoint", error: "Exception | None") -> PluginState:
    distribution = entry_point.distribution
    plugin = PluginState(entry_point.name, entry_point.value, distribution.key)
    plugin.key = distribution.key
    error = entry_point.error or error
    try:
        plugin.distribution = distribution.name
        plugin.version = distribution.version
    except Exception as unreadable:
        error = error or unreadable
    try:
        plugin.module, plugin.attributes = split_value(entry_point.value)
    except ValueError as malformed:
        error = error or malformed
    if error:
        plugin.fail(error)
    return plugin


def _are_same(one: PluginState, other: PluginState) -> bool:
    return (one.key, one.name, one.value) == (other.key, other.name, other.value)


def choose(plugins: "list[PluginState]") -> "list[PluginState]":
    """Return `plugins` in the order to load them, the ones not chosen as "disabled".

    The choice is made by the environment variable `SNAPSHOT_RESTORE_PLUGINS`. Raises
    PluginError if it mixes names to load with names to leave out, and if
    `SNAPSHOT_RESTORE_PLUGINS_STRICT` is none of its words.
    """
    is_strict()
    choice = os.environ.get(CHOICE_VARIABLE)
    if choice is not None:
        from ._choice import chosen

        plugins = chosen(plugins, choice)
    for rank, plugin in enumerate(plugins):
        plugin.rank = rank
    return plugins


def is_strict() -> bool:
    """Tell whether a failed plugin is an error, by `SNAPSHOT_RESTORE_PLUGINS_STRICT=1`.

    Raises PluginError if the variable holds anything but 1, true, yes, on, or the opposites.
    """
    if STRICT_VARIABLE not in os.environ:
        return False
    from ._switches import is_on

    return is_on(STRICT_VARIABLE, "to make a failed plugin an error")
