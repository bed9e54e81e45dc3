"""An interpreter that has imported the command, and runs it again and again, each time in a fork.

The command starts as it does otherwise, but for what its interpreter and its imports take. As a
script it is the server: it reads a call as JSON from each line of its input, runs the command in a
process of its own, and writes its exit status.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent.parent
# To measure the processes of a function takes longer than all else in a rehearsal. So it is done
# for the tests of what goes on in them; the command is measured in any case.
_MEASURED = (
    "completeness databases draws expiring_values failures fixes late_imports life ownership "
    "second_calls shared_results times troubles"
)
# Of modules whose other tests do not show more of that.
_MEASURED_TESTS = (
    "test_a_fork_that_comes_back_from_the_handler",
    "test_a_fork_that_the_system_refuses",
    "test_a_placeholder_is_told",
    "test_an_invocation_may_take_its_timeout",
    "test_what_json_cannot_hold",
)
_OF_MEASURING = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


class Finished(NamedTuple):
    """How the command has ended, and what it has written."""

    status: int
    stdout: str
    stderr: str


class ReadyCommand:
    """The command, ready to run; the interpreter starts at the first call."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, arguments: Sequence[str], folder: Path, variables: Mapping[str, str], limit: float
    ) -> Finished:
        """Run the command, and return what came of it.

        Args:
            arguments: The command's.
            folder: The working directory.
            variables: All of the environment; none that an interpreter reads when it starts,
                for this one has started.
            limit: Seconds, after which it hangs.
        """
        self._process = self._process or self._started()
        with tempfile.TemporaryDirectory() as written:
            files = [os.path.join(written, name) for name in ("stdout", "stderr")]
            variables = {
                name: value
                for name, value in variables.items()
                if name not in _OF_MEASURING or _measures_functions()
            }
            call = {"arguments": arguments, "folder": str(folder), "variables": variables}
            assert self._process.stdin
            assert self._process.stdout
            print(json.dumps({**call, "files": files}), file=self._process.stdin, flush=True)
            if not select.select([self._process.stdout], [], [], limit)[0]:
                self._process.kill()
                raise AssertionError("the command hangs")
            status = int(self._process.stdout.readline())
            return Finished(status, *(Path(one).read_text(encoding="utf-8") for one in files))

    def stop(self) -> None:
        """End the interpreter."""
        if self._process:
            self._process.communicate()
            assert self._process.returncode == 0
            self._process = None

    @staticmethod
    def _started() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, "PYTHONPATH": str(ROOT), "SNAPSHOT_RESTORE_PLUGINS": "none"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def _measures_functions() -> bool:
    test, _, rest = os.environ["PYTEST_CURRENT_TEST"].partition(".py::")
    name = test.rpartition("/test_")[2]
    if name == "functions":
        return os.environ.get("SNAPSHOT_RESTORE_CORPUS") == "measured"
    return name in _MEASURED.split() or any(one in rest for one in _MEASURED_TESTS)


READY = ReadyCommand()
"""For all tests of a process; it ends with their session."""


def _serve() -> None:
    import snapshot_restore_command

    import snapshot_restore_py._command
    import snapshot_restore_py._rehearsal.command
    import snapshot_restore_py._rehearsal.driving.engines.fork
    import snapshot_restore_py._rehearsal.rehearsal
    import snapshot_restore_py._rehearsal.reports.json  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(snapshot_restore_command.main, json.loads(line))
        status = os.waitpid(child, 0)[1]
        code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        print(code, flush=True)


def _run(main: Any, call: dict[str, Any]) -> NoReturn:
    status = 1
    try:
        for number, file in enumerate((os.devnull, *call["files"])):
            opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            os.dup2(opened, number)
            os.close(opened)
        os.environ.clear()
        os.environ.update(call["variables"])
        os.chdir(call["folder"])
        sys.argv[1:] = call["arguments"]
        status = main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    del sys.path[0]  # this folder
    _serve()
