"""What to rehearse, and who hears of it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._machine.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Call:
    """What to rehearse: the arguments of the command.

    Attributes:
        handler: As in Lambda's configuration.
        path: The function's folder, absolute.
        event: The event, any JSON value.
        restores: How many restores.
        limit: Seconds that a phase may take.
        second_call: Whether each restore's handler is invoked a second time.
        env: Variables of the environment to add to this process's.
        own: Names of modules that are the function's own, beside those that look like it.
        expected: Names of exceptions that hooks and handler may fail of.
        no_aws: Whether AWS is out of bounds.
        timeout: Seconds that an invocation may take; None for those of a phase.
        placeholders: For each variable whose value is a placeholder, what that stands for.
        engine: The name of the engine that runs it.
        machine: For the engine that runs it in virtual machines, what they are like.
    """

    handler: str
    path: str
    event: Any
    restores: int
    limit: float
    second_call: bool = True
    env: dict[str, str] = field(default_factory=dict)
    own: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    no_aws: bool = False
    timeout: float | None = None
    placeholders: dict[str, str] = field(default_factory=dict)
    engine: str = "fork"
    machine: Options = field(default_factory=Options)

    @property
    def invocation_limit(self) -> float:
        """Seconds that an invocation may take."""
        return self.limit if self.timeout is None else self.timeout

    @property
    def invocations(self) -> int:
        """How often the handler is invoked at least, where nothing fails."""
        return self.restores * (1 + self.second_call) + 1  # beside those of the second init


@dataclass
class Listener:
    """Hears what goes on while it does.

    Attributes:
        step: Called with what is done now, as in `restore 2: handler`.
        output: Called with where output comes from, and with the output.
    """

    step: Callable[[str], object] = field(default=lambda _: None)
    output: Callable[[str, str], object] = field(default=lambda _, __: None)
