"""Rehearses a snapshot of a function: runs its life, and judges what was seen."""

from __future__ import annotations

import platform
import time
from typing import TYPE_CHECKING

from .advice.source import Source
from .driving.engines import engine
from .driving.life import CannotStartError, live
from .evidence.gaps import gaps
from .findings import find, reason, way_in
from .telling.masking import made_up_texts
from .telling.report import Failure, Report

if TYPE_CHECKING:
    from .driving.call import Call, Listener
    from .telling.report import Run


def rehearse(call: Call, run: Run, listener: Listener) -> Report:
    """Run a function through its whole life, and return the report.

    Args:
        call: What to rehearse.
        run: When, with what and on what that is done, as the report tells it.
        listener: Hears what goes on.

    Raises:
        CannotStartError: The handler cannot be imported.
    """
    begun = time.monotonic()
    evidence = live(call, listener, engine(call))
    snapshot = evidence.first.snapshot
    files = snapshot.files if snapshot else {}
    source = Source(call.path, files)
    return Report(
        handler=call.handler,
        python=platform.python_version(),
        restores=call.restores,
        plugins=evidence.first.plugins,
        init=evidence.first.phase,
        before_snapshot=evidence.first.before_snapshot,
        after_restore=tuple(evidence.after_restore),
        invoke=tuple(evidence.invocations),
        second_calls=tuple(evidence.second_calls),
        findings=tuple(find(evidence, source)),
        seconds=round(time.monotonic() - begun, 3),
        outputs=evidence.outputs,
        run=run,
        not_examined=tuple(gaps(evidence)),
        copies=snapshot.copies if snapshot else None,
        made_up=made_up_texts(evidence),
        sources=tuple(sorted({source.file(module) for module in files})),
    )


def rehearsed(call: Call, run: Run, listener: Listener) -> Report | Failure:
    """Return the report of a rehearsal, or what is told of an init that failed.

    Args:
        call: What to rehearse.
        run: When, with what and on what that is done, as the report tells it.
        listener: Hears what goes on.
    """
    try:
        return rehearse(call, run, listener)
    except CannotStartError as problem:
        return failure(problem, call, run)


def failure(problem: CannotStartError, call: Call, run: Run) -> Failure:
    """Return what is told of an init that failed."""
    error = str(problem)
    if problem.failure and problem.failure.reach:
        error += f". {reason(problem.failure).capitalize()}. {way_in(problem.failure)}"
    return Failure(call.handler, platform.python_version(), error, problem.traceback, run)
