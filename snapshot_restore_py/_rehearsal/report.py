"""What a rehearsal tells: the phases of the function's life, and what was seen to go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class PluginRow:
    """A plugin of the function. `error` is one line, None if it did not fail."""

    name: str
    distribution: str
    version: str
    status: str
    error: str | None


@dataclass(frozen=True)
class HookRun:
    """A hook that was run.

    Attributes:
        name: As in `module.function`.
        plugin: The entry point's name of its plugin; None if it is explicit.
        location: File and line of its code, as in `app.py:12`; None if it has none.
        seconds: How long it took.
        error: What it raised, in one line; None if it did not.
    """

    name: str
    plugin: str | None
    location: str | None
    seconds: float
    error: str | None


@dataclass(frozen=True)
class Phase:
    """A phase of the function's life in one process; the init has no hooks."""

    seconds: float
    hooks: tuple[HookRun, ...] = ()


@dataclass(frozen=True)
class Invocation:
    """The handler's one run in a restore.

    Attributes:
        seconds: How long it took.
        result: What it returned, as JSON holds it; None if it failed.
        error: Why it failed, in one line; None if it did not.
    """

    seconds: float
    result: Any
    error: str | None


@dataclass(frozen=True)
class Finding:
    """Something that was seen to go wrong.

    Attributes:
        code: As in `shared-value`.
        level: "error" or "warning".
        message: What was seen, in one line.
        location: Module and name, or file and line.
        evidence: What shows it; may have several lines.
        fix: What to do: the code to write, or the plugin to install; may have several lines.
    """

    code: str
    level: Level
    message: str
    location: str
    evidence: str
    fix: str


@dataclass(frozen=True)
class Output:
    """What the function wrote to its standard output and standard error in one phase.

    Attributes:
        origin: Where it came from, as in `init`, or `restore 2, handler`.
        text: What it wrote, as far as it was kept.
        cut: How many bytes were left out at the end.
    """

    origin: str
    text: str
    cut: int


@dataclass(frozen=True)
class Report:
    """A whole rehearsal.

    A phase that was not reached is None, or missing at the end of the tuples, which have
    one item for each restore otherwise.
    """

    handler: str
    python: str
    restores: int
    plugins: tuple[PluginRow, ...]
    init: Phase | None
    before_snapshot: Phase | None
    after_restore: tuple[Phase, ...]
    invoke: tuple[Invocation, ...]
    findings: tuple[Finding, ...]
    outputs: tuple[Output, ...]

    @property
    def ok(self) -> bool:
        """Whether no error was found; warnings are allowed."""
        return all(finding.level != "error" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as `--format json` prints it."""
        return {
            "handler": self.handler,
            "python": self.python,
            "restores": self.restores,
            "plugins": [vars(plugin) for plugin in self.plugins],
            "phases": {
                "init": self.init and {"seconds": self.init.seconds},
                "before_snapshot": self.before_snapshot and _phase(self.before_snapshot),
                "after_restore": [_phase(phase) for phase in self.after_restore],
                "invoke": [vars(invocation) for invocation in self.invoke],
            },
            "findings": [vars(finding) for finding in self.findings],
            "ok": self.ok,
        }


def _phase(phase: Phase) -> dict[str, Any]:
    return {"seconds": phase.seconds, "hooks": [vars(hook) for hook in phase.hooks]}
