"""What a plugin is, and which ones there are: entry points are turned into plugins, in order.

The format of `entry_points.txt` is the PyPA specification's, read with the leniency of
`importlib_metadata`: https://packaging.python.org/en/latest/specifications/entry-points/
"""

import os

from ._discovery import CHOICE_VARIABLE, GROUP
from ._metadata import lines, normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._discovery import Look
    from ._distributions import Installed
    from ._metadata import Distribution
    from ._record import Plugin


class PluginState:
    """A plugin while it is being loaded. What callers see of it is the record `Plugin`.

    It moves from one state to the next by these alone:

        waiting --> loaded      load()       its module was imported, its hooks are registered
        waiting --> waiting     wait()       a library that it needs is still being imported
        waiting --> failed      fail()       its hooks are undone
        failed  --> loaded      load()       it had no hook, and a module inside it registers one
        any     --> disabled    disable()    it is not chosen; before anything is loaded

    It begins as "waiting", which nobody outside sees: its record says "failed" until it is
    loaded, with the error that tells what it waits for.
    """

    __slots__ = (
        "attributes",
        "distribution",
        "error",
        "hooks",
        "key",
        "module",
        "modules",
        "name",
        "rank",
        "reported",
        "seconds",
        "status",
        "stays",
        "value",
        "version",
    )
    status: "Literal['waiting', 'loaded', 'failed', 'disabled']"
    error: "BaseException | None"

    def __init__(self, name: str, value: str = "", distribution: str = "") -> None:
        self.name = name
        self.value = value
        self.distribution = distribution
        self.key = normalize(distribution)
        self.version = ""
        self.module = ""
        self.attributes = ""
        self.rank = 0
        self.status = "waiting"
        self.error = None
        self.reported = False
        self.seconds = 0.0
        """How long its loading took."""
        self.modules: list[str] = []
        """The modules that its loading brought in."""
        self.stays: list[Any] = []
        """Hooks that stay although it failed: no fact tells that they are its own."""
        self.hooks: dict[str, list[Any]] = {"before_snapshot": [], "after_restore": []}

    def disable(self) -> None:
        """Note that the plugin is not chosen, whatever is wrong with it."""
        self.status = "disabled"
        self.error = None

    def wait(self, error: BaseException) -> None:
        """Note what the plugin waits for."""
        self.error = error

    def fail(self, error: BaseException) -> None:
        """Note that the plugin has failed, and why."""
        self.status = "failed"
        self.error = error

    def load(self) -> None:
        """Note that the plugin has been loaded."""
        self.status = "loaded"
        self.error = None

    def can_own(self) -> bool:
        """Tell whether a hook can be the plugin's: one that lacked hooks may get them late."""
        if self.status != "failed":
            return True
        from ._errors import NoHookError

        return isinstance(self.error, NoHookError)

    def record(self) -> "Plugin":
        """Return what callers see of the plugin now."""
        from ._record import Plugin

        return Plugin(
            self.name,
            self.distribution,
            self.version,
            self.value,
            "failed" if self.status == "waiting" else self.status,
            self.error,
            tuple(self.hooks["before_snapshot"]),
            tuple(self.hooks["after_restore"]),
            self.seconds,
            tuple(self.modules),
        )

    def describe(self) -> str:
        """Return one line that says which plugin this is."""
        parts = [f"plugin {self.name!r}" if self.name else "the entry points"]
        if self.distribution:
            parts.append(f"of {self.distribution} {self.version}".rstrip())
        if self.value:
            parts.append(f"({self.name} = {self.value})")
        return " ".join(parts)


class EntryPoint:
    """One entry point, or what stands where one should be and cannot be read."""

    __slots__ = ("distribution", "error", "name", "value")

    def __init__(
        self,
        name: str,
        value: str,
        distribution: "Distribution",
        error: "Exception | None" = None,
    ) -> None:
        self.name = name
        self.value = value
        self.distribution = distribution
        self.error = error
        """Why it cannot be read, None if it can."""


def find_entry_points(look: "Look", installed: "Installed") -> "list[EntryPoint]":
    """Return the entry points of our group, with those that cannot be read."""
    found: list[EntryPoint] = []
    others = installed.others()
    for folder, data in look.declared.items():
        distribution = installed.at(folder)
        if distribution is None:
            continue  # It is in the shadow of another one of its name.
        if isinstance(data, Exception):
            found.append(EntryPoint("", "", distribution, data))
        else:
            found += parse(data, distribution)
    for distribution in others:
        try:
            found += parse(distribution.entry_points_data() or b"", distribution)
        except Exception as error:
            found.append(EntryPoint("", "", distribution, error))
    return found


def parse(data: bytes, distribution: "Distribution") -> "list[EntryPoint]":
    """Return the entry points of our group in an `entry_points.txt`.

    What other groups hold does not matter, not even whether it is text.
    """
    found = []
    section = ""
    for raw_line in lines(data):
        line = raw_line.decode("utf-8", "surrogateescape").strip()
        if not line or line[0] == "#":
            continue
        if line[0] == "[" and line[-1] == "]":
            section = line.strip("[]")
        elif section == GROUP:
            found.append(_entry_point(raw_line, distribution))
    return found


def _entry_point(raw_line: bytes, distribution: "Distribution") -> EntryPoint:
    try:
        line = raw_line.decode().strip()
    except UnicodeDecodeError as undecodable:
        return EntryPoint("", "", distribution, undecodable)
    name, equals, value = line.partition("=")
    error = None if equals else ValueError(f"the line {line!r} has no '='")
    return EntryPoint(name.strip(), value.strip(), distribution, error)


def split_value(value: str) -> "tuple[str, str]":
    """Return the module and the attribute path (empty if none) of an entry point's value.

    >>> split_value("mylib.snapshot:hooks [extra]")
    ('mylib.snapshot', 'hooks')

    Raises ValueError if the value is not of the form `module[:attr[.attr]] [extras]`.
    """
    reference, bracket, extras = value.partition("[")
    module, colon, attribute = reference.partition(":")
    module = module.rstrip()
    attribute = attribute.strip()
    if (
        not _is_dotted(module)
        or (colon and not _is_dotted(attribute))
        or (bracket and not extras.endswith("]"))
    ):
        raise ValueError(f"{value!r} is not of the form 'module' or 'module:attribute'")
    return module, attribute


def _is_dotted(reference: str) -> bool:
    return reference.replace(".", "_").replace("_", "a").isalnum()


def find_plugins(look: "Look", installed: "Installed") -> "list[PluginState]":
    """Return the plugins of all distributions that a look has seen, in order.

    Those that cannot be read are among them, and so is a distribution between two plugins
    whose requirements cannot be read: then nobody knows the order.
    """
    entry_points = find_entry_points(look, installed)
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
