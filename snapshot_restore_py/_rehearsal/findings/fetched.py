"""What the init asked a server for, and kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.hooks import hook
from snapshot_restore_py._rehearsal.evidence.flow import Flow

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_CACHED = " (cached result)"


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
        return [kept + _CACHED] if kept[:-2] in snapshot.data else []
    if not kept.startswith("."):
        return [kept] if kept in snapshot.data and flow.is_used(kept) else []
    attribute = re.compile(re.escape(kept) + r"(?![\w])")
    for path, value in snapshot.values.items():
        match = attribute.search(path)
        if match and value.shown not in ("True", "False"):
            return [path[: match.end()]]
    return []


def _prefixes(path: str) -> Iterator[str]:
    """Yield all that a path goes through, as `app` and `app.settings` of `app.settings['key']`."""
    yield path
    yield from (path[: match.start()] for match in re.finditer(r"[.\[({ ]", path))


def _fetching(names: list[str], kept: list[str], snapshot: Snapshot, source: Source) -> str:
    advice = "Fetch it at the first use, in the handler. Or again after the restore"
    path = names[0]
    module, rest = source.split(path)
    if path.endswith(_CACHED):
        cache = f"{rest[: -len(_CACHED) - 2]}.cache"
        is_known = any(one.startswith(path) for one in snapshot.values)
        clear = f"{cache}_clear()" if is_known else f"{cache}.clear()"
        clearing = hook("after_restore", f"def forget():\n    {clear}")
        return f"Forget it after the restore, at the end of {source.file(module)}:\n{clearing}"
    # Also of what only led to these.
    steps = dict.fromkeys([*(one for one in kept if not one.startswith(".")), *names])
    renewals = [source.renewal(one) for one in steps]
    if not all(renewals) or any(source.split(one)[0] != module for one in steps):
        return f"{advice}, in a hook."
    lines = "\n".join(f"    {line}" for one in renewals for line in one.split("\n"))
    code = hook("after_restore", f"def fetch():\n{lines}")
    return f"{advice}, at the end of {source.file(module)}:\n{code}"
