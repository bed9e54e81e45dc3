"""For tests: takes the snapshot of the test's process, and lets restored copies of it live.

With pytest, the fixture `snapshot` is a `Snapshot`, and `microvm` a `MicroVM`. Nothing here
needs pytest.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, TypeVar

import snapshot_restore_py

from ._testing.outcome import RestoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from ._record import Plugin
    from ._testing.copies import Ended
    from ._testing.saved_registry import SavedRegistry

    Result = TypeVar("Result")

__all__ = ["MicroVM", "RestoreError", "Snapshot"]


class Snapshot:
    """Runs the phases of a snapshot with all registered hooks, and puts the registry back.

    As a context manager, it keeps the registry as it is at the start, plugins included,
    and puts it back at the end, whatever was registered, run or rebound in between.
    """

    def __init__(self) -> None:
        self._saved: list[SavedRegistry] = []

    def __enter__(self) -> Self:
        """Keep the registry.

        Raises:
            PluginError: In strict mode, if a plugin that waited for its library fails.
        """
        from ._loading import loader
        from ._testing.saved_registry import SavedRegistry

        loader.complete()
        self._saved.append(SavedRegistry())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put the registry back."""
        self._saved.pop().put_back()

    def before(self) -> None:
        """Run the hooks before the snapshot, in this process.

        Each runs once, as in Lambda: a second call runs those registered since.

        Raises:
            Exception: What a hook raises.
        """
        snapshot_restore_py.run_before_snapshot()

    def after(self) -> None:
        """Run the hooks after a restore, in this process.

        Raises:
            Exception: What a hook raises.
        """
        snapshot_restore_py.run_after_restore()

    def cycle(self) -> None:
        """Run the hooks before the snapshot and those after a restore, in this process.

        Raises:
            Exception: What a hook raises.
        """
        self.before()
        self.after()

    def restores(
        self, n: int, call: Callable[[], Result], *, timeout: float = 30.0
    ) -> list[Result]:
        """Take the snapshot, and return what `call` returns in each of `n` restored copies.

        The hooks before the snapshot run here. Then each copy, a process, runs the hooks
        after the restore and `call`. All copies start from the same memory, and live one
        after another. They have the process id of the test, and run no hooks of forks: on
        Linux they are made by the system call `clone3` in namespaces where that is allowed,
        elsewhere (or if SNAPSHOT_RESTORE_COPIES is `fork`) by a fork. None of their
        processes is left afterwards.

        Args:
            n: How many copies.
            call: Called without arguments in each copy. Its result comes here by pickle.
            timeout: How many seconds a copy may take. Then it is killed.

        Returns:
            The results, in the order of the copies.

        Raises:
            Exception: What a hook or `call` raises in the first copy in which one does; the
                `__cause__` shows the copy's traceback.
            RestoreError: A copy took too long, died, or brought back something that pickle
                refuses.
            ValueError: `n` or `timeout` is not positive.
            TypeError: `n` is not an integer, or `call` is not callable.
            NotImplementedError: This platform cannot fork a process, as Windows cannot; or this
                is a Python without its global lock, and other threads run.
        """
        __tracebackhide__ = True
        _check(n, call, timeout)
        _check_system()
        from ._testing.copies import held_snapshot
        from ._testing.outcome import HeldOutput, load, outcome_of, value_of

        self.before()
        output = HeldOutput()

        def live() -> Result:
            self.after()
            return call()

        results = []
        with held_snapshot(lambda: outcome_of(live, output).dump()) as process:
            for number in range(1, n + 1):
                try:
                    ended = process.restore(timeout)
                except TimeoutError:
                    raise RestoreError(_hung(number, timeout), number) from None
                except EOFError:
                    raise RestoreError(
                        f"the process that holds the snapshot has died in restore {number}",
                        number,
                    ) from None
                if ended.status or not ended.data:
                    raise RestoreError(_died(number, ended), number)
                outcome = load(ended.data)
                output.write(outcome.output)
                results.append(value_of(outcome, number))
        return results

    def plugin(self, value: str) -> Plugin:
        """Load a provider as a plugin, as if an installed distribution declared it.

        It stands after the installed plugins, and before the explicit hooks. One that is
        installed too is not loaded twice.

        Args:
            value: The entry point's value, as in `mylib_snapshot` or `mylib_pool:default`.

        Returns:
            A record of the plugin.

        Raises:
            PluginError: The provider cannot be imported, or offers no hook.
            ValueError: The value is not of that form.
        """
        from ._testing import local_plugin

        return local_plugin.load(value)


class MicroVM:
    """Runs functions of a test in small virtual machines, really snapshotted and restored.

    On Linux with QEMU; see `snapshot-restore rehearse --engine microvm`.

    Args:
        kernel: The kernel's file; None for that of the variable SNAPSHOT_RESTORE_KERNEL, or the
            newest in `/boot`.

    Raises:
        NotImplementedError: QEMU or a kernel is not there. The message says what to install.
    """

    def __init__(self, kernel: str | None = None) -> None:
        from ._machine.architecture import MissingError
        from ._machine.kernel import kernel as found
        from ._machine.machine import program

        try:
            program()
            found(kernel)
        except MissingError as problem:
            raise NotImplementedError(str(problem)) from None
        self._kernel = kernel

    def restores(
        self,
        n: int,
        call: Callable[..., Result],
        *,
        before: Callable[[], object] | None = None,
        age: float = 0.0,
        host_ports: Iterable[int] = (),
        has_network: bool = True,
        env: Mapping[str, str] | None = None,
        timeout: float = 120.0,
    ) -> list[Result]:
        """Take the snapshot of a process, and return what `call` returns in each of `n` restores.

        The process imports the module of `call`, calls `before`, and runs the hooks before the
        snapshot. Each restore, a machine of its own, goes on from there: with its threads, with
        dead connections to the outside. It runs the hooks after the restore and `call`.

        Args:
            n: How many restores.
            call: A function of a module. It gets what `before` returns, if that is given. What it
                returns has to be JSON.
            before: A function of the same module.
            age: Seconds that seem to have passed since the snapshot.
            host_ports: Ports of this system's loopback that a machine finds on its own.
            has_network: Whether machines reach what this one does.
            env: Variables of the environment beside this process's.
            timeout: Seconds that the process may take until the snapshot, and in each restore.

        Returns:
            The results, in the order of the restores.

        Raises:
            RestoreError: A hook or a function raises, or a machine fails.
            ValueError: `n` or `timeout` is not positive, or a function is not a module's.
            TypeError: `n` is not an integer, or `call` is not callable.
            NotImplementedError: Something else is not there. The message says what to install.
        """
        __tracebackhide__ = True
        _check(n, call, timeout)
        from ._machine.architecture import MissingError
        from ._machine.options import Options
        from ._testing.machines import Restores

        options = Options(
            kernel=self._kernel, has_network=has_network, host_ports=tuple(host_ports), age=age
        )
        variables = {**os.environ, **(env or {})}
        try:
            return Restores(call, before, options, variables, timeout).results(n)
        except MissingError as problem:
            raise NotImplementedError(str(problem)) from None


def _check(n: object, call: object, timeout: float) -> None:
    __tracebackhide__ = True
    if not isinstance(n, int):
        raise TypeError(f"restores() takes a number of copies, not {n!r}")
    if n < 1:
        raise ValueError(f"restores() needs at least one copy, not {n}")
    if not callable(call):
        raise TypeError(
            f"restores() takes a callable, not {call!r}. Pass the function itself: "
            "restores(5, func)"
        )
    if not timeout > 0:
        raise ValueError(f"the timeout has to be positive, not {timeout} s")


def _check_system() -> None:
    """Raise NotImplementedError if this process cannot be copied."""
    __tracebackhide__ = True
    if not hasattr(os, "fork"):
        raise NotImplementedError(
            "restores() forks this process, which this platform cannot do. Test with "
            "snapshot.cycle() here, and skip this test"
        )
    # Before Python 3.13 there is always the lock.
    if not getattr(sys, "_is_gil_enabled", lambda: True)() and _others():
        raise NotImplementedError(
            "restores() forks this process, and without the global lock of Python nothing brings "
            f"its threads to rest: {', '.join(_others())}. End them before, set PYTHON_GIL=1, or "
            "test with the fixture microvm"
        )


def _others() -> list[str]:
    """Return the names of the other threads."""
    return [one.name for one in threading.enumerate() if one is not threading.current_thread()]


def _hung(number: int, timeout: float) -> str:
    others = _others()
    text = f"restore {number} took longer than {timeout:g} s and was killed"
    if others:
        text += (
            f". Threads of the test that a copy does not have: {', '.join(others)}; it waits "
            "in vain for them, and for locks that they held"
        )
    return text


def _died(number: int, ended: Ended) -> str:
    import signal

    if not os.WIFSIGNALED(ended.status):
        status = os.WEXITSTATUS(ended.status)
        return f"restore {number} ended itself with status {status} before its call returned"
    number_of_signal = os.WTERMSIG(ended.status)
    name = signal.strsignal(number_of_signal)
    return f"restore {number} was killed by signal {number_of_signal} ({name})"
