"""What goes wrong with plugins. Imported only where something does."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _AboutPluginError(Exception):
    def __init__(self, message: str, plugin: "Any" = None) -> None:
        super().__init__(message)
        self.name = plugin.name if plugin else ""
        self.distribution = plugin.distribution if plugin else ""
        self.version = plugin.version if plugin else ""
        self.value = plugin.value if plugin else ""


class PluginError(_AboutPluginError):
    """A plugin failed and strict mode is on, or a variable of this package makes no sense.

    The plugin's own exception, if there is one, is the `__cause__`.

    Attributes:
        name: The entry point's name; empty if the metadata could not be read.
        distribution: The distribution's name.
        version: The distribution's version; empty if unknown.
        value: The entry point's value, as in `module:attribute`.
    """


class PluginWarning(_AboutPluginError, UserWarning):
    """A plugin failed; none of its hooks are registered. Attributes as in `PluginError`."""


class UnfinishedModuleError(ImportError):
    """A plugin needs a module that is still being imported further up the stack."""


class NoHookError(TypeError):
    """A provider offers no hook."""


for _public in (PluginError, PluginWarning):
    _public.__module__ = "snapshot_restore_py"  # Where its users import it from.
