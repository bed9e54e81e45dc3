"""What is found and is accepted: by comments in the code, the configuration, and a baseline.

Each says it with rules, one for each code and place. `ignore` holds them against what was found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.findings import codes
from snapshot_restore_py._rehearsal.telling.nearest import nearest
from snapshot_restore_py._rehearsal.telling.report import Ignored, Outdated, Report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable

    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import Failure, IgnoredBy

__all__ = ["Rule", "ignore", "settled", "unknown"]


@dataclass(frozen=True)
class Rule:
    """Findings that are accepted.

    Attributes:
        code: Their code.
        by: What says it.
        where: Where that is written.
        reason: Why they are accepted.
        matches: Tells whether a finding of the code is one of them.
        missed: What to say where none is found any more.
    """

    code: str
    by: IgnoredBy
    where: str
    reason: str
    matches: Callable[[Finding], bool]
    missed: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is accepted by this rule."""
        return finding.code == self.code and self.matches(finding)


def ignore(report: Report, rules: Sequence[Rule]) -> Report:
    """Return a report in which what rules accept is kept apart, and rules without use are told.

    Of several rules for one finding the first one counts, and none is without use. What was not
    examined may have hidden findings: then no rule is called so.
    """
    ignored, kept = [], []
    for one in report.findings:
        rule = next((rule for rule in rules if rule.covers(one)), None)
        if rule:
            ignored.append(Ignored(one, rule.reason, rule.by, rule.where))
        else:
            kept.append(one)
    outdated = [
        Outdated(rule.code, rule.by, rule.where, rule.missed)
        for rule in rules
        if not report.not_examined and not any(map(rule.covers, report.findings))
    ]
    return replace(
        report,
        findings=tuple(kept),
        ignored=(*report.ignored, *ignored),
        outdated=(*report.outdated, *outdated),
    )


def settled(reports: Sequence[Report | Failure]) -> list[Report | Failure]:
    """Return reports of several functions in which nothing is called outdated that one needs.

    Functions share modules and the configuration: what one does not have, another one may.
    """
    told = [one for one in reports if isinstance(one, Report)]
    used = {(two.finding.code, two.where) for one in told for two in one.ignored}
    return [_without(one, used) if isinstance(one, Report) else one for one in reports]


def _without(report: Report, used: set[tuple[str, str]]) -> Report:
    left = tuple(one for one in report.outdated if (one.code, one.where) not in used)
    return replace(report, outdated=left)


def unknown(code: str) -> str:
    """Return what to say of a code that no finding has; "" if one has it."""
    known = [one.name for one in codes()]
    if code in known:
        return ""
    return f"there is no finding {code!r} to ignore{nearest(code, known) or '.'}"
