"""Hooks that did not do what they were to do, and raised nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

NOT_AWAITED = Code(
    "hook-not-awaited",
    "error",
    "hooks",
    "a hook called a coroutine function and did not await it, so nothing of it ran",
    "A call of an `async` function only makes a coroutine. Lambda's runtime client does not await "
    "what a hook returns.",
    remedy="Make the hook itself `async` and await the call there; hooks of both kinds are run to "
    "their end. Or run it with `asyncio.run(...)`.",
    ignorable="If the coroutine is given to something that awaits it later, on purpose.",
)
DIED = Code(
    "thread-died",
    "warning",
    "hooks",
    "a thread died of an exception while a hook ran",
    "What the thread did is not done any more, in all environments: a hook may have taken away "
    "what it worked with.",
    remedy="Stop the thread before the hook takes away what it works with, and start it again "
    "after the restore, or let it bear the loss: catch the exception in the thread, and "
    "connect anew.",
    ignorable="If the thread has nothing more to do.",
)
CODES = (NOT_AWAITED, DIED)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:  # noqa: ARG001
    """Yield a finding for each hook with coroutines that nobody awaited, and for dead threads."""
    for one in evidence.troubles:
        hook = one.hook
        if one.dropped:
            names = ", ".join(dict.fromkeys(one.dropped))
            yield NOT_AWAITED.finding(
                f"the {one.phase} hook {hook.name} does not await {names}()",
                hook.place,
                f"{hook.origin}\nnever awaited: {names}()",
                f"Register an async function that awaits it: snapshot_restore_py.register_"
                f"{one.phase}() runs it to its end. Or call asyncio.run() in the hook.",
            )
        for name, error in dict.fromkeys(one.died):
            yield DIED.finding(
                f"the thread {name} died of {error} while the {one.phase} hook {hook.name} ran",
                hook.place,
                f"{hook.origin}\nthread: {name}\nerror:  {error}",
                "End the thread before what it works with is closed, and start it again after the "
                "restore.",
            )
