"""Hooks to write into a module of the function."""

from __future__ import annotations


def hook(phase: str, function: str) -> str:
    """Return the code that registers a function as a hook of a phase.

    Args:
        phase: `before_snapshot` or `after_restore`.
        function: Its source.
    """
    return (
        f"\n    from snapshot_restore_py import register_{phase}\n\n\n"
        f"    @register_{phase}\n" + "\n".join(f"    {line}" for line in function.split("\n"))
    )
