"""Redis: a single server, with TLS too; a cluster; a sentinel."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from .programs import Program, find, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from .certificates import Certificate


class RedisServer(Program):
    """A server without persistence; `tls_port` if it got a certificate."""

    def __init__(
        self, folder: Path, certificate: Certificate | None = None, *, in_cluster: bool = False
    ) -> None:
        self.port, self.tls_port = free_port(), free_port()
        command = [find("redis-server"), "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--save", "", "--dir", str(folder)]
        if certificate:
            command += ["--tls-port", str(self.tls_port), "--tls-auth-clients", "no"]
            command += ["--tls-cert-file", str(certificate.certificate)]
            command += ["--tls-key-file", str(certificate.key)]
            command += ["--tls-ca-cert-file", str(certificate.certificate)]
        if in_cluster:
            command += ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]
        super().__init__(command, "Ready to accept connections")

    def ask(self, *words: str) -> str:
        """Return the server's answer to a command, over a connection of its own."""
        command = [find("redis-cli"), "-p", str(self.port), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def clients(self) -> set[int]:
        """Return the ids of the connections that the server sees, but its own for this."""
        lines = self.ask("CLIENT", "LIST").splitlines()
        clients = [dict(field.split("=", 1) for field in line.split()) for line in lines if line]
        return {int(client["id"]) for client in clients if client["cmd"] != "client|list"}


class RedisCluster:
    """Three servers that share the keys between them."""

    def __init__(self, folder: Path) -> None:
        self.nodes = []
        for number in range(3):
            (folder / str(number)).mkdir()
            self.nodes.append(RedisServer(folder / str(number), in_cluster=True))
        addresses = [f"127.0.0.1:{node.port}" for node in self.nodes]
        command = [find("redis-cli"), "--cluster", "create", *addresses, "--cluster-yes"]
        subprocess.run(command, check=True, capture_output=True)
        for node in self.nodes:
            while "cluster_state:ok" not in node.ask("CLUSTER", "INFO"):
                pass

    def kill(self) -> None:
        """End all servers."""
        for node in self.nodes:
            node.kill()


class RedisSentinel(Program):
    """A sentinel that watches one server under the name `main`."""

    def __init__(self, folder: Path, server: RedisServer) -> None:
        self.port = free_port()
        settings = folder / "sentinel.conf"
        settings.write_text(
            f"bind 127.0.0.1\nport {self.port}\ndir {folder}\n"
            f"sentinel monitor main 127.0.0.1 {server.port} 1\n"
        )
        super().__init__([find("redis-server"), str(settings), "--sentinel"], "+monitor master")
