"""Failures that were said to be expected, and those that were and did not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding
from ._listing import restores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Failure

EXPECTED = Code(
    "expected-failure",
    "note",
    "handler",
    "a hook or the handler failed, or answered a failure, as `--expect-failure` says",
    "All else was judged as ever. What comes after the failure was not rehearsed.",
    remedy="Nothing, if it fails on this machine only. To have the rest rehearsed, too, give the "
    "function what it lacks: credentials, a server or a stand-in for it, by `--env`.",
    ignorable="Always: it is what you have asked for.",
)
MISSING = Code(
    "no-expected-failure",
    "warning",
    "handler",
    "what `--expect-failure` names did not happen",
    "The option may not be needed any more. As long as it is there, it would hide the failure.",
    remedy="Leave the option out. Or mend the name: it is that of the exception's class or of a "
    "base, as in `NoCredentialsError` or `botocore.exceptions.NoCredentialsError`.",
    ignorable="If the failure comes and goes, as that of a server which is not always there.",
)
CODES = (EXPECTED, MISSING)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each failure that was expected."""
    for expected in dict.fromkeys(evidence.expected):
        found = [*_seen(expected, evidence, source)]
        yield from found
        if not found:
            yield MISSING.finding(
                f"nothing failed of {expected}, which was expected",
                "handler",
                f"--expect-failure {expected}",
                "Leave the option out; or see whether the name is right: a class's, as in "
                "NoCredentialsError or botocore.exceptions.NoCredentialsError, or a base's.",
            )


def _seen(expected: str, evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield what was seen of an expected failure."""
    for one in evidence.failed_hooks:
        if one.failure and one.failure.is_one_of([expected]):
            message = f"the {one.phase} hook {one.hook.name} failed as expected"
            yield _accepted(message, one.hook.place, one.failure)
    failed = [
        (number, restore.traceback or "", restore.failure)
        for number, restore in enumerate(evidence.restores, 1)
        if restore.failure and restore.failure.is_one_of([expected])
    ]
    caught = [one for one in evidence.caught if one.is_one_of([expected])]
    if failed:
        which = restores([number for number, *_ in failed], len(evidence.restores))
        _, shown, failure = failed[0]
        place = ["handler", *source.own_lines(shown)][-1]
        yield _accepted(f"the handler failed as expected {which}", place, failure)
    elif caught:
        yield _accepted("the handler caught a failure that is expected", "handler", caught[-1])


def _accepted(message: str, place: str, failure: Failure) -> Finding:
    return EXPECTED.finding(
        message,
        place,
        failure.error,
        "Nothing, if it fails on this machine only. Without --expect-failure it counts.",
    )
