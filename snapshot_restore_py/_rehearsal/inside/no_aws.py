"""Lets nobody in this process reach AWS by the interpreter's own sockets."""

from __future__ import annotations

import sys
from typing import Any

# https://docs.aws.amazon.com/general/latest/gr/rande.html
_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".on.aws", ".amazonaws.eu")
# The services that give credentials: to machines, containers and pods.
_ADDRESSES = (
    "169.254.169.254",
    "fd00:ec2::254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::23",
)


def refuse() -> None:
    """Refuse to look up AWS's names, and to connect to its local services, from now on."""

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo" and _is_of_aws(arguments[0]):
            import socket

            raise socket.gaierror(socket.EAI_NONAME, "AWS is out of bounds here (--no-aws)")
        if event == "socket.connect" and _is_of_aws(arguments[1]):
            raise ConnectionRefusedError("AWS is out of bounds here (--no-aws)")

    hook: Any = hear
    hook.__cantrace__ = True  # Or what measures coverage does not see it.
    sys.addaudithook(hook)


def _is_of_aws(place: Any) -> bool:
    """Tell whether a host is of AWS, or the host of an address."""
    host = place[0] if isinstance(place, tuple) else place
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    name = name.lower().rstrip(".")
    return name in _ADDRESSES or name.endswith(_DOMAINS)
