"""MariaDB."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from .programs import Program, find, free_port

_START = """
CREATE USER tester@'%';
GRANT ALL ON *.* TO tester@'%';
CREATE DATABASE shop;
CREATE TABLE shop.orders (number INT PRIMARY KEY) ENGINE = InnoDB;
"""


class MariaDBServer(Program):
    """A server with a new database `shop`, for the user `tester` without a password."""

    def __init__(self) -> None:
        self.port = free_port()
        # Not in pytest's folder: the server does not run as root, and could not enter it.
        self._folder = Path(tempfile.mkdtemp(prefix="mariadb"))
        data = self._folder / "data"
        start = self._folder / "start.sql"
        start.write_text("".join(line + "\n" for line in _START.splitlines() if line))
        options: dict[str, Any] = {"cwd": self._folder}
        if os.geteuid() == 0:
            user = next(one for one in pwd.getpwall() if one.pw_name in ("mysql", "nobody"))
            for path in (self._folder, start):
                os.chown(path, user.pw_uid, user.pw_gid)
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        common = ["--no-defaults", f"--datadir={data}"]
        command = [find("mariadb-install-db"), *common, "--skip-test-db", "--skip-name-resolve"]
        command += ["--auth-root-authentication-method=normal", f"--tmpdir={self._folder}"]
        subprocess.run(command, check=True, capture_output=True, **options)
        command = [find("mariadbd", "usr/sbin"), *common, f"--port={self.port}"]
        command += ["--bind-address=127.0.0.1", f"--socket={self._folder}/socket"]
        command += [f"--pid-file={self._folder}/pid", "--skip-name-resolve"]
        command += ["--innodb-flush-log-at-trx-commit=0", f"--init-file={start}"]
        super().__init__(command, "ready for connections", **options)

    def ask(self, question: str) -> list[str]:
        """Return the lines of the server's answer, over a connection of its own."""
        command = [find("mariadb"), "--no-defaults", "-h", "127.0.0.1", "-P", str(self.port)]
        command += ["-u", "tester", "--skip-column-names", "--batch", "-e", question]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return answer.split()

    def connections(self) -> set[int]:
        """Return the ids of the server's connections, but its own for this."""
        question = "SELECT id FROM information_schema.processlist WHERE user = 'tester' "
        return set(map(int, self.ask(question + "AND id <> CONNECTION_ID()")))

    def wait_for_the_end_of(self, connection: int) -> None:
        """Return when the server has noticed that one of its connections was closed."""
        deadline = time.monotonic() + 60
        while connection in self.connections():
            assert time.monotonic() < deadline, f"the connection {connection} lives on"

    def stop(self) -> None:
        """End the server, and remove its data."""
        self.kill()
        shutil.rmtree(self._folder)
