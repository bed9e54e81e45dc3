"""What the init asked a server for, and kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.caches import CACHED, forgetting
from snapshot_restore_py._rehearsal.advice.fix import in_code, in_words
from snapshot_restore_py._rehearsal.advice.plugins import for_cache, install
from snapshot_restore_py._rehearsal.advice.renewal import made_anew, renewal
from snapshot_restore_py._rehearsal.evidence.flow import Flow

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.fix import Fix
    from snapshot_restore_py._rehearsal.advice.renewal import Renewal
    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Snapshot

FETCHED = Code(
    "fetched-at-init",
    "warning",
    "init",
    "your code asked a server during the init and kept what it answered: a secret, a parameter, "
    "keys, a model",
    "The answer is part of the snapshot: hours or weeks later every execution environment still "
    "starts with it. A secret that was rotated meanwhile is refused then, and what was changed "
    "or withdrawn still counts.",
    remedy="Fetch it in a hook after the restore, or at its first use, with an age limit by the "
    "wall clock. If it may be kept, fetch it anew in a hook in any case: "
    "`register_after_restore(settings.load)`.",
    ignorable="If the answer never changes while the version of the function is in use: a model "
    "or a table that is deployed together with it.",
)
CODES = (FETCHED,)
_POWERTOOLS = re.compile(r"\bparameters\.get_\w+\(")


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each line whose answer is kept, and not renewed by hooks."""
    snapshot = evidence.first.snapshot
    if not snapshot or not snapshot.fetches:
        return
    flow = Flow(snapshot.files)
    renewed = _renewed(evidence, flow)
    # What ends by itself is told as such.
    ending = {prefix for one in snapshot.expiring for prefix in _prefixes(one.path)}
    told: set[str] = set()
    for fetch in snapshot.fetches:
        kept = [one for one in flow.kept(fetch.frames) if one not in renewed]
        found = {place: None for one in kept for place in _places(one, snapshot, flow)}
        names = [
            one
            for one in found
            if not renewed & {*_prefixes(one)} and one not in told and one not in ending
        ]
        if not names:
            continue
        told.update(names)
        place = f"{source.shown(fetch.frames[0].file)}:{fetch.frames[0].line}"
        yield FETCHED.finding(
            f"{names[0]} keeps what {fetch.server} answered during the init",
            place,
            f"asked:   {fetch.server}\nasked at: {place}\nkept in: {', '.join(names)}",
            _fetching(names, kept, snapshot, source),
        )


def _renewed(evidence: Evidence, flow: Flow) -> set[str]:
    """Return what the hooks of all restores have renewed, in words of `Flow` and by name."""
    each = [
        {*one.rebound, *(name for fetch in one.fetches for name in flow.kept(fetch.frames))}
        for one in evidence.restored
    ]
    return set.intersection(*each) if each else set()


def _places(kept: str, snapshot: Snapshot, flow: Flow) -> list[str]:
    """Return where data is by now."""
    if kept == "os.environ":
        return [kept]
    if kept.endswith("()"):
        return [kept[:-2] + CACHED] if kept[:-2] in snapshot.data else []
    if not kept.startswith("."):
        return [kept] if kept in snapshot.data and flow.is_used(kept) else []
    attribute = re.compile(re.escape(kept) + r"(?![\w])")
    for path, value in snapshot.values.items():
        match = attribute.search(path)
        if match and value.shown not in ("True", "False"):
            place = path[: match.end()]
            return [] if place in snapshot.renewing else [place]
    return []


def _prefixes(path: str) -> Iterator[str]:
    """Yield all that a path goes through, as `app` and `app.settings` of `app.settings['key']`."""
    yield path
    yield from (path[: match.start()] for match in re.finditer(r"[.\[({ ]", path))


def _fetching(names: list[str], kept: list[str], snapshot: Snapshot, source: Source) -> Fix:
    path = names[0]
    plugin = for_cache(source.making(path))
    if plugin:
        return install(plugin)
    module = source.split(path)[0]
    cached = [one for one in names if one.endswith(CACHED)]
    if cached:
        words = "Forget it after the restore"
        # Of a cache of another kind it is not known how it is filled again.
        if names[1:] or not any(one.startswith(path) for one in snapshot.values):
            return in_words(f"{words}, in a hook: {', '.join(names)}.")
        return forgetting(words, path, source)
    # Also of what only led to these.
    steps = dict.fromkeys([*(one for one in kept if not one.startswith(".")), *names])
    places = [source.split(one) for one in steps]
    anew: Renewal | None = None
    if all(place == module for place, _ in places):
        if all(name.isidentifier() for _, name in places):
            anew = made_anew(module, [name for _, name in places], source)
        elif len(places) == 1:
            anew = renewal(path, source)
    advice = "Fetch it at the first use, in the handler. Or again after the restore"
    if anew is None:
        return in_words(f"{advice}, in a hook.")
    if _POWERTOOLS.search("\n".join(anew.statements)):
        return in_words(
            f"{advice}, in a hook, with force_fetch=True: Powertools keeps what it got for some "
            "seconds of a clock that stands still between the snapshot and the restore."
        )
    return in_code(advice, *anew.additions("fetch", source))
