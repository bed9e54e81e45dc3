"""Uses clients before the snapshot and after the restore."""

from __future__ import annotations


def used(uses):
    """Use each client for the first time, and return its use with what came of it."""
    return {name: (use, use()) for name, use in uses.items()}


def used_again(begun):
    """Use each client again, and return what came of it before, and now."""
    return {name: [before, outcome(use)] for name, (use, before) in begun.items()}


def outcome(use):
    """Return what a use returns, or `failed: ` and the error that it raises."""
    try:
        return use()
    except Exception as error:
        return f"failed: {type(error).__name__}"
