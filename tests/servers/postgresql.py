"""PostgreSQL, with TLS."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from .certificates import self_signed
from .programs import Program, find, free_port

_FOLDER = "usr/lib/postgresql/*/bin"


class PostgreSQLServer(Program):
    """A server with a new, empty database, for the user `tester`."""

    def __init__(self) -> None:
        self.port = free_port()
        # Not in pytest's folder: the server does not run as root, and could not enter it.
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql"))
        data = self._folder / "data"
        certificate = self_signed(self._folder)
        options: dict[str, Any] = {"cwd": self._folder}
        if os.geteuid() == 0:
            user = next(one for one in pwd.getpwall() if one.pw_name in ("postgres", "nobody"))
            for path in (self._folder, *certificate):
                os.chown(path, user.pw_uid, user.pw_gid)
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        command = [find("initdb", _FOLDER), "--no-sync", "--username", "tester", "-D", str(data)]
        command += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run(command, check=True, capture_output=True, **options)
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": certificate.certificate,
            "ssl_key_file": certificate.key,
        }
        command = [find("postgres", _FOLDER), "-D", str(data)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        super().__init__(command, "database system is ready to accept connections", **options)

    def kill(self) -> None:
        """End the server and its connections at once, and leave the data as after a crash."""
        self.process.send_signal(signal.SIGQUIT)
        self.wait()

    def backends(self) -> set[int]:
        """Return the process ids of the server's connections, but its own for this."""
        command = [find("psql", _FOLDER), "-h", "127.0.0.1", "-p", str(self.port), "-U", "tester"]
        question = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
        question += "AND pid <> pg_backend_pid()"
        command += ["-d", "postgres", "-A", "-t", "-c", question]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return set(map(int, answer.split()))

    def wait_for_the_end_of(self, backend: int) -> None:
        """Return when the server has noticed that one of its connections was closed."""
        deadline = time.monotonic() + 60
        while backend in self.backends():
            assert time.monotonic() < deadline, f"the connection of backend {backend} lives on"

    def stop(self) -> None:
        """End the server, and remove its data."""
        self.kill()
        shutil.rmtree(self._folder)
