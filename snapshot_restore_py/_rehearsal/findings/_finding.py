"""What a finding is, and what is fixed for all findings of one code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
class Finding:
    """Something that was seen to go wrong.

    Attributes:
        code: As in `shared-value`.
        level: "error", "warning", or "note" for what is right but slow.
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

`--ignore {self.name}` leaves it out of the report.
"""

    @property
    def order(self) -> tuple[int, int, str]:
        """What to sort findings by."""
        return LEVELS.index(self.level), STAGES.index(self.stage), self.name

    def finding(
        self, message: str, location: str, evidence: str, fix: str, *, level: Level | None = None
    ) -> Finding:
        """Return a finding of this kind."""
        return Finding(self.name, level or self.level, message, location, evidence, fix)
