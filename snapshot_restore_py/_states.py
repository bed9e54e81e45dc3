"""The states of a plugin, and all that moves it from one to the next.

    waiting --> loaded      load()       its module was imported, its hooks are registered
    waiting --> waiting     wait()       a library that it needs is still being imported
    waiting --> failed      fail()       its hooks are undone
    failed  --> loaded      load()       it had no hook, and a module inside it registers one
    any     --> disabled    disable()    it is not chosen; before anything is loaded

A plugin begins as "waiting", which nobody outside sees: its record says "failed" until it is
loaded, with the error that tells what it waits for.
"""

from ._metadata import normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from ._record import Plugin


class PluginState:
    """A plugin while it is being loaded. What callers see of it is the record `Plugin`."""

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
