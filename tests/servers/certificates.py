"""Certificates for servers on the loopback interface."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

from .programs import find

if TYPE_CHECKING:
    from pathlib import Path


class Certificate(NamedTuple):
    """A certificate that signs itself, and its key."""

    certificate: Path
    key: Path


def self_signed(folder: Path) -> Certificate:
    """Make a certificate for 127.0.0.1 and localhost."""
    made = Certificate(folder / "server.crt", folder / "server.key")
    command = [find("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command += ["-out", str(made.certificate), "-keyout", str(made.key)]
    subprocess.run(command, check=True, capture_output=True)
    return made
