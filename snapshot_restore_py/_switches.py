"""Reads environment variables that are yes or no."""

import os

from ._errors import PluginError

_YES = ("1", "true", "yes", "on")
_NO = ("", "0", "false", "no", "off")


def is_on(variable: str, effect: str) -> bool:
    """Tell whether an environment variable says yes; one that is not set says no.

    Args:
        variable: Its name.
        effect: What it does if it says yes, for the message, as in "to write the log".

    Raises:
        PluginError: It holds anything but 1, true, yes, on, or the opposites.
    """
    word = os.environ.get(variable, "").strip().lower()
    if word not in _YES + _NO:
        raise PluginError(
            f"{variable}={word!r} is neither yes nor no. Write 1, true, yes or on {effect}; "
            "leave it out, or write 0, false, no or off, if not"
        )
    return word in _YES
