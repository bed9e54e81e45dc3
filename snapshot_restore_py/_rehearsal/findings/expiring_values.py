"""Tokens, presigned URLs and copied keys of the init, which end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.advice.caches import CACHED, forgetting
from snapshot_restore_py._rehearsal.advice.fix import in_code, in_words
from snapshot_restore_py._rehearsal.advice.renewal import renewal

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.fix import Fix
    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Expiring

EXPIRING = Code(
    "expiring-value",
    "warning",
    "restore",
    "something that was made during the init and carries its own end is kept: a JSON Web Token, "
    "a presigned URL, a database's auth token, a copy of temporary credentials",
    "A snapshot is restored for days and weeks, and what was made for minutes or hours has ended "
    "by then. It works in tests and after a deployment, and fails later. What stands in the code, "
    "has ended already or lasts for years is not meant; nor is what the code compares with the "
    "wall clock before it is used.",
    remedy="Make or fetch it where it is used, or in a hook after the restore if it lasts longer "
    "than an execution environment lives. Keep what makes it (the SDK's credentials object, "
    "the signing key) instead of what it made.",
    ignorable="If it lasts longer than the version of the function will be in use.",
)
CODES = (EXPIRING,)
_KEYS = "a copy of temporary keys"
_ADVICE = {
    _KEYS: "Keep the SDK's credentials object, which renews its keys, and take the keys out of it "
    "for each request: session.get_credentials().get_frozen_credentials() in the handler. Signers "
    "take the object itself, as in AWS4Auth(refreshable_credentials=..., ...) and "
    "AWSV4SignerAuth(credentials, region). For another role, let the SDK assume it "
    "(role_arn and credential_source in a profile), or do so after the restore.",
    "a JSON Web Token": "Make or fetch it when it is needed, and again when its claim exp is near.",
    "a token for a service of AWS": "Have it signed for each new connection: that takes no request "
    "and less than a millisecond.",
}
_SIGNED = "Have it signed when it is needed: that takes no request and less than a millisecond."


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each name that holds something that ends, in all restores."""
    first, restores = evidence.first.snapshot, evidence.restored
    if first is None or not restores:
        return
    kept = {one.mark for one in first.expiring}
    for restored in restores:
        kept &= {one.mark for one in restored.expiring}
    names: dict[str, list[str]] = {}
    for path, value in first.values.items():
        is_kept = restores[0].values.get(path, value).digest == value.digest
        if is_kept and not value.library:
            names.setdefault(value.digest, []).append(value.group or path)
    groups: list[_Group] = []
    for one in restores[0].expiring:
        if one.mark in kept and not one.is_guarded:
            digests = one.digests if one.kind != _KEYS else ()
            paths = [path for digest in digests for path in names.get(digest, ())]
            is_own = bool(paths)
            # What a library keeps to itself is told by the name that people know.
            paths = [*dict.fromkeys(paths)] or [(one.holder or one.path).partition("._")[0]]
            root = _root(paths[0], source)
            group = next((two for two in groups if two.has(one, root)), None)
            if group is None:
                group = _Group(root, is_own, [], [])
                groups.append(group)
            group.members.append(one)
            group.paths.extend(path for path in paths if path not in group.paths)
    for group in groups:
        yield _finding(group, len(restores), source)


@dataclass(frozen=True)
class _Group:
    """What is told together: in one name, or the same in several.

    Attributes:
        root: The name.
        is_own: Whether an object of the function's own holds it, not one of a library.
        members: What is told.
        paths: Where it is held.
    """

    root: str
    is_own: bool
    members: list[Expiring]
    paths: list[str]

    def has(self, other: Expiring, root: str) -> bool:
        """Tell whether something is to be told here, too."""
        return any(
            one.mark == other.mark or (one.kind == other.kind and root == self.root)
            for one in self.members
        )


def _root(path: str, source: Source) -> str:
    module, rest = source.split(path)
    return f"{module}.{re.split('[^A-Za-z0-9_]', rest, maxsplit=1)[0]}"


def _finding(group: _Group, restores: int, source: Source) -> Finding:
    first = min(group.members, key=lambda one: (one.end is None, one.end))
    path = group.paths[0]
    count = len({one.mark for one in group.members})
    is_keys = first.kind == _KEYS
    end = "within hours, when the role's keys end"
    if first.end is not None:
        end = datetime.fromtimestamp(first.end, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    others = f", and {count - 1} more" if count > 1 and not is_keys else ""
    lines = [
        f"what:         {first.kind}, {first.size} characters{others}",
        f"ends:         {end}",
        f"all {restores} restores: as in the init",
    ]
    if group.paths[1:]:
        lines.append(f"also as:      {', '.join(group.paths[1:])}")
    when = f"at {end}" if first.end is not None else end
    advice = _ADVICE.get(first.kind, _SIGNED)
    return EXPIRING.finding(
        f"{path} holds {first.kind} from the init, which ends {when}",
        path,
        "\n".join(lines),
        in_words(advice) if is_keys else _renewal(advice, path, source, is_own=group.is_own),
    )


def _renewal(advice: str, path: str, source: Source, *, is_own: bool) -> Fix:
    """Return how to make it anew after the restore: code if that is sure, else words."""
    if path.endswith(CACHED):
        return forgetting(f"{advice} Or empty the cache after the restore", path, source)
    # Of a library's object, what is set later would be missing.
    anew = renewal(path, source) if is_own else None
    if anew is None:
        return in_words(
            f"{advice} Or make it anew in a hook after the restore, registered with "
            "register_after_restore."
        )
    return in_code(f"{advice} Or make it anew after the restore", *anew.additions("renew", source))
