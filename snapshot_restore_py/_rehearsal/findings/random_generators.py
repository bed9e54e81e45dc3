"""Random generators that draw alike in all restores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.hooks import hook
from snapshot_restore_py._rehearsal.advice.plugins import install
from snapshot_restore_py._rehearsal.evidence.alike import generators

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

SHARED = Code(
    "shared-random-state",
    "error",
    "restore",
    "a random generator of `random`, numpy or your own is in one state in every restore, and the "
    "handler drew from it",
    "A pseudo-random generator is a part of the memory that the snapshot holds. Where nothing "
    "reseeds it after the restore, all execution environments draw the same numbers.",
    remedy="Install `snapshot-restore-random`, which reseeds what it knows. A generator of your "
    "own is reseeded in a hook: `register_after_restore(generator.seed)`. For secrets and "
    "ids use `secrets` or `uuid.uuid4()`, called after the restore.",
    ignorable="If the numbers are meant to be the same, as in a simulation with a fixed seed, "
    "or if nothing depends on them.",
)
CODES = (SHARED,)
_GENERATOR_PLUGIN = "snapshot-restore-random"


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each generator that draws alike in all restores."""
    first, second, restores = evidence.first.snapshot, evidence.second.snapshot, evidence.restored
    if first is None or second is None or not restores:
        return
    for path in generators(first, second, restores, evidence.elsewhere):
        kind = first.generators[path].partition(" ")[0]
        name = _GLOBAL_GENERATORS.get(path, f"the generator {path}")
        fix = _INSTALL if path in _GLOBAL_GENERATORS else _reseeding(path, kind, source)
        yield SHARED.finding(
            f"{name} is in the same state in every restore, and the handler drew from it",
            path,
            f"state after the hooks: the same in all {len(restores)} restores\n"
            "state after the handler: another one, the same in all restores, so it drew\n"
            "Every environment draws the same numbers.",
            fix,
        )


_INSTALL = install(_GENERATOR_PLUGIN)
_GLOBAL_GENERATORS = {
    "random": "Python's random module",
    "numpy.random": "numpy's global generator",
}
# The object stays the same, so that all who have it draw anew.
_SEEDING = {
    "Random": "{0}.seed()",
    "RandomState": "{0}.seed()",
    "Generator": "{0}.bit_generator.state = type({0}.bit_generator)().state",
}


def _reseeding(path: str, kind: str, source: Source) -> str:
    module, rest = source.split(path)
    seeding = _SEEDING[kind]
    if rest.endswith(" (a generator inside)"):
        rest = rest.partition(" (")[0]
        return f"Let {rest} make a new generator, or seed its generator anew, after the restore."
    body = seeding.format(rest)
    return f"Seed it anew after the restore, at the end of {source.file(module)}:\n" + hook(
        "after_restore", f"def reseed():\n    {body}"
    )
