"""What can be wrong with a function: one module for each family of findings.

A family is a module of this folder whose name does not begin with an underscore. It has

- `CODES`, its kinds of findings (`_finding.Code`): code, level, stage, meaning, and the text
  of its page, from which the documentation, the help and `--ignore` are made;
- `find(evidence, source)`, which takes what was seen and the function's source, and yields
  findings.

Another kind of finding is another module, and a function in the tests that has it.
"""

from __future__ import annotations

import pkgutil
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from snapshot_restore_py._rehearsal.advice.naming import Naming

from ._finding import LEVELS, Caller, Code, Finding, Level
from ._identity import located
from ._outage import reason, way_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

__all__ = [
    "LEVELS",
    "Caller",
    "Code",
    "Family",
    "Finding",
    "Level",
    "codes",
    "families",
    "find",
    "reason",
    "way_in",
]


class Family(Protocol):
    """A module of this folder."""

    @property
    def CODES(self) -> tuple[Code, ...]:  # noqa: N802
        """The kinds of its findings."""
        ...

    def find(self, evidence: Evidence, source: Source) -> Iterator[Finding]:
        """Yield its findings, in any order, and any of them more than once."""
        ...


def families() -> list[Family]:
    """Return all families, in the order of their names."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__))
    return [_family(name) for name in names if not name.startswith("_")]


def _family(name: str) -> Family:
    module: Any = import_module(f".{name}", __name__)
    family: Family = module
    return family


def codes() -> list[Code]:
    """Return all kinds of findings: errors first, each level in the order of the life."""
    found = [code for family in families() for code in family.CODES]
    return sorted(found, key=lambda code: code.order)


def find(evidence: Evidence, source: Source) -> list[Finding]:
    """Return what is wrong: errors first, and what several restores showed alike once."""
    found = [finding for family in families() for finding in family.find(evidence, source)]
    distinct = {(one.code, one.message, one.location): one for one in found}
    order = {code.name: code.order[1:] for code in codes()}
    ordered = sorted(distinct.values(), key=lambda one: (LEVELS.index(one.level), *order[one.code]))
    naming = Naming(source)
    told = (replace(one, fix=naming.apply(one.fix)) for one in ordered)
    return list(located(told, evidence.handler, source))
