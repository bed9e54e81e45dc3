"""Phases that take too long."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence, Overrun

# https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
RESTORE_LIMIT = 10  # seconds for all hooks after a restore

SLOW = Code(
    "slow-restore",
    "error",
    "restore",
    f"the hooks after a restore took over the {RESTORE_LIMIT} seconds that Lambda allows; a "
    f"warning from {RESTORE_LIMIT // 2} seconds on",
    "All hooks after a restore share one limit. Where they take longer, the restore fails with "
    "SnapStartTimeoutException.",
    remedy="Do less in the hooks after the restore: connect and load at first use, load before the "
    "snapshot what does not get old, fetch at the same time what has to be fetched. The "
    "report shows how long each hook took.",
    ignorable="As a warning, if the network is slow from here and quick in Lambda. Over the limit: "
    "never.",
)
TIMEOUT = Code(
    "timeout",
    "error",
    "hooks",
    "a phase was killed at its limit",
    "The limit is the command's own, --timeout, for each phase; with --template, an invocation has "
    "the function's `Timeout`, 3 seconds if there is none.",
    remedy="The stack shows what waited. Give requests and locks time limits of their own. If the "
    "phase really needs so long, allow it more with `--timeout`, and think of Lambda's own "
    "limits: ten seconds for all hooks after a restore.",
    ignorable="If it waits for something that this machine cannot reach. What comes after was not "
    "rehearsed then.",
)
CODES = (SLOW, TIMEOUT)
_OF_SOCKETS = ("socket.py", "ssl.py")
_WAITING = (
    "It waits for a server: let this machine reach it, or name one that it can reach, with --env "
    "NAME=VALUE; --no-aws keeps those of AWS from being asked. "
)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each phase that was killed, and one for slow hooks."""
    for overrun in evidence.overruns:
        if not (overrun.in_copy and evidence.missing):  # told as not rehearsed
            yield _timeout(overrun, evidence.limit, source)
    phases = evidence.after_restore
    slowest = max((phase.seconds for phase in phases), default=0.0)
    if slowest >= RESTORE_LIMIT / 2:
        phase = next(phase for phase in phases if phase.seconds == slowest)
        hooks = sorted(phase.hooks, key=lambda hook: -hook.seconds)
        yield SLOW.finding(
            f"the hooks after a restore took {slowest:.1f} s; Lambda allows {RESTORE_LIMIT} s",
            hooks[0].location or hooks[0].name,
            "\n".join(f"{hook.seconds:6.2f} s  {hook.name}" for hook in hooks[:5]),
            "Do less after the restore: do it before the snapshot, or at first use.",
            level="error" if slowest > RESTORE_LIMIT else "warning",
        )


def _waits_for_server(stack: str) -> bool:
    """Tell whether the innermost call is one of a socket."""
    found = re.search(r'^  File "(.*)", line', stack, re.MULTILINE)
    return found is not None and os.path.basename(found[1]) in _OF_SOCKETS


def _timeout(overrun: Overrun, limit: float, source: Source) -> Finding:
    hook = overrun.hook
    allowed = "allow more with --timeout"
    if overrun.timeout is not None:
        limit, allowed = overrun.timeout, "raise the Timeout in the template"
    shown = f"killed after {limit:g} s"
    if hook:
        shown += f", in the hook {hook.name}"
    if overrun.stack:
        shown += f"\n{overrun.stack}"
    return TIMEOUT.finding(
        f"{overrun.phase} took longer than {limit:g} s and was killed",
        [*source.own_lines(overrun.stack), hook.place if hook else overrun.phase][0],
        shown,
        f"{_WAITING if _waits_for_server(overrun.stack) else ''}Let it end sooner, or {allowed}.",
    )
