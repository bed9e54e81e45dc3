"""Tells how to install a plugin of ours."""

from __future__ import annotations


def command(plugin: str) -> str:
    """Return the command that installs a plugin, to be run where this project's sources are.

    Its name alone would be looked for on PyPI, where it is nobody's, and anybody's, yet.
    """
    return f"pip install ./plugins/{plugin}"


def install(plugin: str) -> str:
    """Return the advice to install a plugin."""
    return (
        f"Install the plugin {plugin} (1.x), which needs no code. It is not on PyPI yet: install "
        "it from the folder plugins/ of the sources of snapshot-restore, and from their root:\n\n"
        f"    {command(plugin)}"
    )
