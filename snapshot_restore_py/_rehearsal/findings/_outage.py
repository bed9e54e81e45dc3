"""Failures because a server is out of reach, or takes no credentials, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Failure

_LONGEST = 300  # characters of an error


@dataclass(frozen=True)
class Outage:
    """Why something could not be tried here.

    Attributes:
        what: In some words, with the error.
        shown: The error, and the server if it is known.
        advice: What to do.
    """

    what: str
    shown: str
    advice: str

    @classmethod
    def of(cls, failure: Failure | None, evidence: Evidence) -> Outage | None:
        """Return what keeps a failure from a server; None if nothing does."""
        snapshot = evidence.first.snapshot
        # All copies share what is open at the snapshot, and so break it.
        is_shared = failure and failure.reach == "lost" and snapshot and snapshot.connections
        if not failure or not failure.reach or is_shared:
            return None
        return cls(
            f"{reason(failure)}: {_short(failure.error)}",
            f"asked: {failure.server or 'no server'}",
            _advice(failure, evidence),
        )


def reason(failure: Failure) -> str:
    """Return why a server could not be asked, in some words."""
    if failure.reach == "credentials":
        return f"{failure.server} takes no such credentials" if failure.server else _NONE
    return f"{failure.server or 'a server'} is out of reach"


_NONE = "there are no credentials"


def way_in(failure: Failure) -> str:
    """Return how a server can be asked, in one sentence."""
    if failure.reach == "credentials":
        return "Give it credentials, as by AWS_PROFILE=NAME before the command or with --env"
    return "Let this machine reach it, or name one that it can reach, with --env NAME=VALUE"


def _advice(failure: Failure, evidence: Evidence) -> str:
    accept = f"--expect-failure {failure.name} accepts that, and judges all else"
    if evidence.no_aws:
        return f"That may come of --no-aws. {accept}."
    return f"{way_in(failure)}. Or {accept}; with --no-aws it fails at once."


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
