"""What a finding is, and what is fixed for all findings of one code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from snapshot_restore_py._rehearsal.advice.fix import Fix, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
Stage = Literal["init", "hooks", "snapshot", "restore", "handler"]
STAGES: tuple[Stage, ...] = ("init", "hooks", "snapshot", "restore", "handler")
_BEGINS: dict[Stage, str] = {
    "init": "in the init",
    "hooks": "in a hook",
    "snapshot": "at the snapshot",
    "restore": "at the restore",
    "handler": "in the handler",
}


@dataclass(frozen=True)
class Caller:
    """Code that was seen to do it.

    Attributes:
        location: File and line of the function's own code; None if none led there.
        function: The own function; None if none led there.
        library: What did it for that line, as in `module.Class.method`; None if that did itself.
        library_location: File and line of the library's code; None if that did itself.
    """

    location: str | None
    function: str | None
    library: str | None
    library_location: str | None


@dataclass(frozen=True)
class Finding:
    """Something that was seen to go wrong.

    Attributes:
        code: As in `shared-value`.
        level: "error", "warning", or "note" for what is right but slow.
        message: What was seen, in one line.
        location: Module and name, or file and line.
        evidence: What shows it; may have several lines.
        fix: What to do: in words, the code to write, or the plugin to install.
        callers: Which code was seen to do it, where that is known.
        file: The file to look at, from the function's folder if it lies there; None if there is
            none.
        line: The line in it; None if that is not known.
        id: What it is recognised by: the same in each run, as long as it is found.
    """

    code: str
    level: Level
    message: str
    location: str
    evidence: str
    fix: Fix
    callers: tuple[Caller, ...] = ()
    file: str | None = None
    line: int | None = None
    id: str = ""


@dataclass(frozen=True)
class Code:
    """A kind of findings.

    Attributes:
        name: As in `shared-value`.
        level: The level that its findings have if nothing else is said.
        stage: The stage of the function's life in which it begins. Findings are told in the
            order of these, so that a cause stands before what comes of it.
        meaning: When it is seen, in one line of Markdown, as the documentation's table has it.
        explanation: What it means for a function in Lambda, in some sentences of Markdown.
        remedy: What to do, for whatever function, in some sentences of Markdown.
        ignorable: When it may be ignored, in some sentences of Markdown.
    """

    name: str
    level: Level
    stage: Stage
    meaning: str
    explanation: str
    remedy: str
    ignorable: str

    @property
    def page(self) -> str:
        """All that is to be said of it, as a page of Markdown."""
        seen = self.meaning[0].upper() + self.meaning[1:]
        return f"""\
# {self.name}

Level: {self.level}. Begins: {_BEGINS[self.stage]}.

## What was seen

{seen}.

## Why it matters

{self.explanation}

## What to do

{self.remedy}

## When it may be ignored

{self.ignorable}

A comment where it is made accepts one, with a reason:
`# snapshot-restore: ignore[{self.name}] reason`. `--ignore {self.name}` leaves out all.
"""

    @property
    def order(self) -> tuple[int, int, str]:
        """What to sort findings by."""
        return LEVELS.index(self.level), STAGES.index(self.stage), self.name

    def finding(
        self,
        message: str,
        location: str,
        evidence: str,
        fix: Fix | str,
        *,
        level: Level | None = None,
        callers: Iterable[Caller] = (),
    ) -> Finding:
        """Return a finding of this kind; a fix may be given in words alone."""
        whole = in_words(fix) if isinstance(fix, str) else fix
        level = level or self.level
        return Finding(self.name, level, message, location, evidence, whole, tuple(callers))
