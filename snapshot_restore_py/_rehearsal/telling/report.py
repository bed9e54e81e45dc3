"""What a rehearsal tells: the phases of the function's life, and what was seen to go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.evidence.records import (
        Invocation,
        Output,
        Phase,
        PluginRow,
    )
    from snapshot_restore_py._rehearsal.findings import Finding


@dataclass(frozen=True)
class Report:
    """A whole rehearsal.

    A phase that was not reached is None, or missing at the end of the tuples, which have
    one item for each restore otherwise. What was not looked at stands in `not_examined`, in
    words. `made_up` are texts that the init made up, which are to be masked. `copies` is how
    restores were made: by `clone` or by `fork`; None if none was.
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
    second_calls: tuple[Invocation | None, ...] = ()
    not_examined: tuple[str, ...] = ()
    copies: str | None = None
    made_up: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no error was found; warnings and notes are allowed."""
        return all(finding.level != "error" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as `--format json` prints it."""
        return {
            "handler": self.handler,
            "python": self.python,
            "restores": self.restores,
            "copies": self.copies,
            "plugins": [vars(plugin) for plugin in self.plugins],
            "phases": {
                "init": self.init and {"seconds": self.init.seconds},
                "before_snapshot": self.before_snapshot and _phase(self.before_snapshot),
                "after_restore": [_phase(phase) for phase in self.after_restore],
                "invoke": [vars(invocation) for invocation in self.invoke],
                "second_call": [
                    one and {"seconds": one.seconds, "error": one.error}
                    for one in self.second_calls
                ],
            },
            "findings": [_finding(finding) for finding in self.findings],
            "not_examined": list(self.not_examined),
            "ok": self.ok,
        }


def _phase(phase: Phase) -> dict[str, Any]:
    return {"seconds": phase.seconds, "hooks": [vars(hook) for hook in phase.hooks]}


def _finding(finding: Finding) -> dict[str, Any]:
    additions = [{"file": one.file, "text": one.text} for one in finding.fix.additions]
    callers = [vars(one) for one in finding.callers]
    return {**vars(finding), "fix": finding.fix.text, "additions": additions, "callers": callers}
