"""A real PostgreSQL and a real Redis, on loopback, for as long as the tests need them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

POSTGRES_PROGRAMS = "usr/lib/postgresql/*/bin"
POSTGRES_USER = "postgres"  # of the system and of the server, which refuses root


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def program(name: str) -> str:
    """Return the path of a server's program; Debian keeps PostgreSQL's off the search path."""
    found = [*map(str, sorted(Path("/").glob(f"{POSTGRES_PROGRAMS}/{name}"))), shutil.which(name)]
    paths = [path for path in found if path]
    if not paths:
        raise FileNotFoundError(f"these tests need the program {name}, of Debian's packages")
    return paths[-1]


class Server:
    """A running server, which says on its output when it is ready."""

    def __init__(self, command: list[str], ready: str) -> None:
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout
        said = []
        for line in self._process.stdout:
            said.append(line)
            if ready in line:
                break
        else:
            raise RuntimeError(f"{command} ended:\n" + "".join(said))
        # It must not wait for somebody to read what else it says.
        self._reader = threading.Thread(target=self._process.stdout.read)
        self._reader.start()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()


class Redis(Server):
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = [program("redis-server"), "--bind", "127.0.0.1", "--port", str(self.port)]
        super().__init__([*command, "--save", "", "--dir", str(folder)], "Ready to accept")


class Postgres(Server):
    def __init__(self) -> None:
        self.port = free_port()
        # The server's user cannot enter the folders of pytest.
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        as_user: list[str] = []
        if os.getuid() == 0:
            shutil.chown(self._folder, POSTGRES_USER)
            as_user = ["setpriv", f"--reuid={POSTGRES_USER}", "--clear-groups"]
        data = str(self._folder / "data")
        subprocess.run(
            [*as_user, program("initdb"), "-D", data, "-U", POSTGRES_USER, "-A", "trust", "-N"],
            check=True,
            capture_output=True,
            cwd="/",
        )
        options = ["-h", "127.0.0.1", "-k", "", "-p", str(self.port), "-F"]
        super().__init__([*as_user, program("postgres"), "-D", data, *options], "ready to accept")

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self._folder)
