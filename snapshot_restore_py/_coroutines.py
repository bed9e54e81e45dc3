"""Runs `async` hooks to their end where the caller is not asynchronous.

AWS's runtime calls hooks as plain functions; it would drop a coroutine without running it.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class AsyncHook:
    """Calls an `async` function and runs it to its end. Equal to the function itself."""

    __wrapped__: Callable[..., Awaitable[object]]

    def __init__(self, func: Callable[..., Awaitable[object]]) -> None:
        functools.update_wrapper(self, func, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> object:
        """Return what the coroutine returns; raise what it raises."""
        return _finish(self.__wrapped__(*args, **kwargs))

    def __eq__(self, other: object) -> bool:
        """Compare as the function does."""
        return self.__wrapped__ == (other.__wrapped__ if isinstance(other, AsyncHook) else other)

    def __hash__(self) -> int:
        """Hash as the function does."""
        return hash(self.__wrapped__)

    def __repr__(self) -> str:
        """Show the function."""
        return f"<async hook {self.__wrapped__!r}>"


def _finish(awaitable: Awaitable[object]) -> object:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(awaitable)
    # This thread's loop is busy running us, so another thread has to do it.
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    with ThreadPoolExecutor(1, "async-hook") as executor:
        return executor.submit(copy_context().run, _run, awaitable).result()


def _run(awaitable: Awaitable[object]) -> object:
    # Not asyncio.run(): that leaves the thread without a current event loop, and code
    # that asks for it later, in the handler, fails.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_await(awaitable))
    finally:
        try:
            loop.run_until_complete(_clean_up())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()


async def _await(awaitable: Awaitable[object]) -> object:
    return await awaitable


async def _clean_up() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
