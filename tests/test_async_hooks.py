"""`async` hooks, which a synchronous runtime calls like any other."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import types
from unittest import mock

import pytest

import snapshot_restore_py
from snapshot_restore_py import get_after_restore, register_after_restore, run_after_restore

pytestmark = pytest.mark.usefixtures("registry")
calls: list[object] = []


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


def call_as_the_runtime_does() -> list[object]:
    return [func(*args, **kwargs) for func, args, kwargs in get_after_restore()]


async def hook(*args: object, **kwargs: object) -> str:
    await asyncio.sleep(0)
    calls.append((args, kwargs))
    return "done"


class Client:
    async def reconnect(self) -> str:
        return await hook(self)

    async def __call__(self) -> str:
        return await hook(self)

    @staticmethod
    async def static() -> str:
        return await hook()


@types.coroutine
def generator_based():
    yield from asyncio.sleep(0).__await__()
    calls.append("generator")
    return "done"


@pytest.mark.parametrize(
    "func",
    [
        hook,
        Client().reconnect,
        Client(),
        Client.static,
        functools.partial(hook, 1),
        functools.partial(functools.partial(Client().reconnect)),
        functools.partial(Client()),
        generator_based,
    ],
)
def test_a_coroutine_runs_to_its_end_when_the_runtime_calls_it(func):
    register_after_restore(func)
    assert call_as_the_runtime_does() == ["done"]
    assert len(calls) == 1


def test_an_async_mock_is_awaited():
    async_mock = mock.AsyncMock()
    register_after_restore(async_mock)
    run_after_restore()
    async_mock.assert_awaited_once_with()


def test_arguments_reach_the_coroutine():
    register_after_restore(hook, 1, key=2)
    run_after_restore()
    assert calls == [((1,), {"key": 2})]


def test_the_decorated_function_stays_async():
    assert register_after_restore(hook) is hook
    assert asyncio.run(hook()) == "done"


def test_the_entry_is_equal_to_one_with_the_function_itself():
    client = Client()
    register_after_restore(hook, 1)
    register_after_restore(client.reconnect)
    assert get_after_restore() == [(hook, (1,), {}), (client.reconnect, (), {})]
    assert get_after_restore()[0] == get_after_restore()[0]
    assert get_after_restore()[0][0] != call_as_the_runtime_does
    assert hash(get_after_restore()[0][0]) == hash(hook)
    assert get_after_restore()[0][0].__name__ == "hook"
    assert "hook" in repr(get_after_restore()[0])


def test_it_runs_also_while_an_event_loop_runs_in_this_thread():
    variable = contextvars.ContextVar("variable", default="outside")

    async def reads_context() -> None:
        calls.append((variable.get(), threading.current_thread() is main))

    async def main_program() -> None:
        variable.set("inside")
        run_after_restore()

    main = threading.current_thread()
    register_after_restore(reads_context)
    asyncio.run(main_program())
    assert calls == [("inside", False)]


def test_without_a_running_loop_it_runs_in_the_callers_thread():
    async def reads_thread() -> None:
        calls.append(threading.current_thread())

    register_after_restore(reads_thread)
    run_after_restore()
    assert calls == [threading.current_thread()]


class HookError(Exception):
    pass


async def failing() -> None:
    raise HookError("no connection")


def test_its_exception_reaches_the_caller():
    register_after_restore(failing)
    with pytest.raises(HookError, match="no connection"):
        call_as_the_runtime_does()


def test_its_exception_reaches_the_caller_under_a_running_loop():
    async def main_program() -> None:
        call_as_the_runtime_does()

    register_after_restore(failing)
    with pytest.raises(HookError, match="no connection"):
        asyncio.run(main_program())


def test_the_threads_own_event_loop_stays_in_place():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        register_after_restore(hook)
        run_after_restore()
        assert asyncio.get_event_loop() is loop
        assert loop.run_until_complete(hook()) == "done"
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_tasks_and_generators_that_it_leaves_behind_are_ended():
    async def ticks():
        try:
            while True:
                yield
        finally:
            calls.append("generator closed")

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            calls.append("task cancelled")

    async def leaves_things_behind() -> None:
        calls.append(asyncio.ensure_future(waits()))
        open_generator = ticks()
        calls.append(open_generator)
        await open_generator.__anext__()

    register_after_restore(leaves_things_behind)
    run_after_restore()
    assert set(calls[-2:]) == {"generator closed", "task cancelled"}


def test_an_async_hook_before_the_snapshot_works_too():
    snapshot_restore_py.register_before_snapshot(hook)
    snapshot_restore_py.run_before_snapshot()
    assert calls == [((), {})]
