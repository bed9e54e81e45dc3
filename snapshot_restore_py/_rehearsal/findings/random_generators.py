"""Random generators that draw alike in all restores."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.fix import hook, in_code, in_words
from snapshot_restore_py._rehearsal.advice.plugins import RANDOM, install
from snapshot_restore_py._rehearsal.advice.renewal import is_place
from snapshot_restore_py._rehearsal.evidence.alike import generators
from snapshot_restore_py._rehearsal.evidence.jitter import jitter

from ._finding import Caller, Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.fix import Fix
    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Draw, Evidence

SHARED = Code(
    "shared-random-state",
    "error",
    "restore",
    "a random generator of `random`, numpy or your own is in one state in every restore, and the "
    "handler drew from it. A warning where only libraries did, for their waits and the like",
    "A pseudo-random generator is a part of the memory that the snapshot holds. Where nothing "
    "reseeds it after the restore, all execution environments draw the same numbers.",
    remedy="Install `snapshot-restore-random`, which reseeds what it knows. A generator of your "
    "own is reseeded in a hook: `register_after_restore(generator.seed)`. For secrets and "
    "ids use `secrets` or `uuid.uuid4()`, called after the restore.",
    ignorable="If the numbers are meant to be the same, as in a simulation with a fixed seed, "
    "or if nothing depends on them.",
)
CODES = (SHARED,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each generator that draws alike in all restores."""
    first, second, restores = evidence.first.snapshot, evidence.second.snapshot, evidence.restored
    if first is None or second is None or not restores:
        return
    for path in generators(first, second, restores, evidence.elsewhere):
        draws = [one for one in evidence.profile.draws if one.generator == path]
        # What results show, others may rely on. A handler that always fails has none.
        has_results = any(one.outcome for one in evidence.restores)
        is_hidden = not evidence.unclear and (evidence.compared or not has_results)
        purposes = jitter(draws) if is_hidden else []
        kind = first.generators[path].partition(" ")[0]
        name = _GLOBAL_GENERATORS.get(path, f"the generator {path}")
        fix = _INSTALL if path in _GLOBAL_GENERATORS else _reseeding(path, kind, source)
        drawing = f"only libraries drew from it: {', '.join(purposes)}"
        yield SHARED.finding(
            f"{name} is in the same state in every restore, and "
            + (drawing if purposes else "the handler drew from it"),
            path,
            f"state after the hooks: the same in all {len(restores)} restores\n"
            "state after the handler: another one, the same in all restores, so it drew\n"
            "Every environment draws the same numbers.\n" + _seen(draws, source),
            fix,
            level="warning" if purposes else None,
            callers=[_caller(one, source) for one in draws],
        )


def _caller(draw: Draw, source: Source) -> Caller:
    own, library = draw.own, draw.library
    return Caller(
        source.shown(f"{own.file}:{own.line}") if own else None,
        own.name if own else None,
        f"{library.module}.{library.name}" if library else None,
        _INSTALLED.sub("", source.shown(f"{library.file}:{library.line}")) if library else None,
    )


def _seen(draws: list[Draw], source: Source) -> str:
    """Return who was seen to draw, in the own code's order of time."""
    if not draws:
        return "Who drew was not seen: it was no code of Python."
    lines = ["drawn by:"]
    for draw in draws[:_MOST_SHOWN]:
        one = _caller(draw, source)
        where = f"{one.location} in {one.function}" if one.location else "the handler"
        lines.append(f"  {where}")
        if one.library:
            lines += [f"    through {one.library}", f"    in {one.library_location}"]
    if len(draws) > _MOST_SHOWN:
        lines.append(f"  and {len(draws) - _MOST_SHOWN} more places")
    return "\n".join(lines)


_MOST_SHOWN = 5
_INSTALLED = re.compile(r"^.*[/\\](site|dist)-packages[/\\]")
_INSTALL = install(RANDOM)
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


def _reseeding(path: str, kind: str, source: Source) -> Fix:
    module, rest = source.split(path)
    if not is_place(rest, module, source):
        rest = rest.partition(" (")[0]
        return in_words(
            f"Let {rest} make a new generator, or seed its generator anew, after the restore, in a "
            "hook."
        )
    reseed = hook("after_restore", "reseed", rest, (_SEEDING[kind].format(rest),))
    return in_code("Seed it anew after the restore", source.addition(module, reseed))
