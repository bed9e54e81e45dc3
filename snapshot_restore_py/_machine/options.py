"""What a user may choose about machines."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGE = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_HIGHEST = 65535


@dataclass(frozen=True)
class Options:
    """What a user may choose about machines.

    Attributes:
        kernel: The kernel's file; None for that of the variable, or the newest of `/boot`.
        memory: Megabytes; None for what the packages need.
        has_network: Whether a machine reaches what this one does.
        host_ports: Ports of this system's loopback that a machine finds on its own.
        age: Seconds that seem to have passed since the snapshot when it is restored.
        is_cached: Whether the booted machine is kept for the next time.
        kept: A folder for the console's log and the snapshot; None to keep neither.
    """

    kernel: str | None = None
    memory: int | None = None
    has_network: bool = True
    host_ports: tuple[int, ...] = ()
    age: float = 0.0
    is_cached: bool = True
    kept: str | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> Options:
        """Return what the options of a command say."""
        return cls(
            kernel=options.kernel,
            memory=options.memory,
            has_network=not options.no_network,
            host_ports=options.host_ports,
            age=options.age,
            is_cached=not options.no_cache,
            kept=options.keep,
        )


def age(text: str) -> float:
    """Return how many seconds a text such as `3h` stands for.

    Raises:
        ArgumentTypeError: It stands for none.
    """
    found = _AGE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no age: write a number and s, m, h or d, as in 3h or 14d"
        )
    return float(found[1]) * _UNITS[found[2]]


def ports(text: str) -> tuple[int, ...]:
    """Return the ports in a text such as `5432,6379`.

    Raises:
        ArgumentTypeError: There is something else in it.
    """
    parts = text.split(",")
    if not all(one.isdecimal() and 0 < int(one) <= _HIGHEST for one in parts):
        raise argparse.ArgumentTypeError(f"{text!r} are no ports: write them as in 5432,6379")
    return tuple(dict.fromkeys(map(int, parts)))
