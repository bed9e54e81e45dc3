"""Rehearses a snapshot of a function: runs its life, and judges what was seen."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from .advice.source import Source
from .driving.engines.process import Engine
from .driving.life import live
from .evidence.gaps import gaps
from .findings import find
from .telling.masking import made_up_texts
from .telling.report import Report

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
    evidence = live(call, listener, Engine())
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
        outputs=evidence.outputs,
        run=run,
        not_examined=tuple(gaps(evidence)),
        copies=snapshot.copies if snapshot else None,
        made_up=made_up_texts(evidence),
        sources=tuple(sorted({source.file(module) for module in files})),
    )
