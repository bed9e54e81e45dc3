"""Starts a server's program, waits until it serves, and kills it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any


def free_port() -> int:
    """Return a port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def find(program: str, *folders: str) -> str:
    """Return the path of a program, looked for on the path and in folders (globs)."""
    found = shutil.which(program)
    for folder in folders:
        found = found or next(
            (str(path) for path in sorted(Path("/").glob(f"{folder}/{program}"), reverse=True)),
            None,
        )
    if not found:
        raise FileNotFoundError(f"the tests need the program {program}; .ci/run installs it")
    return found


class Program:
    """A running program, which says on its output when it is ready."""

    def __init__(self, command: list[str], ready: str, **options: Any) -> None:
        self._command, self._ready, self._options = command, ready, options
        self.start()

    def start(self) -> None:
        """Start the program, and return when it serves."""
        self.process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **self._options,
        )
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line)
            if self._ready in line:
                break
        else:
            raise RuntimeError(f"{self._command} ended:\n" + "".join(said))
        # It must never wait for somebody to read what else it says.
        self._reader = threading.Thread(target=self.process.stdout.read)
        self._reader.start()

    def kill(self) -> None:
        """End the program as a power failure would."""
        self.process.kill()
        self.wait()

    def wait(self) -> None:
        """Wait for the end of the program."""
        self.process.wait()
        self._reader.join()
        assert self.process.stdout
        self.process.stdout.close()

    def restart(self) -> None:
        """Kill the program and start it again, on the same port."""
        self.kill()
        self.start()
