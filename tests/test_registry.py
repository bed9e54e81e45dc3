"""The registry, which works as AWS's does and refuses what AWS's lets through."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import typing
from typing import Any, Callable
from unittest import mock

import pytest

import snapshot_restore_py

PHASES = ["before_snapshot", "after_restore"]
parametrize_phase = pytest.mark.parametrize("phase", PHASES)


def register_for(phase: str) -> Callable[..., Any]:
    return getattr(snapshot_restore_py, f"register_{phase}")


def entries_of(phase: str) -> list[Any]:
    return getattr(snapshot_restore_py, f"get_{phase}")()


def hook() -> None:
    pass


def other_hook() -> None:
    pass


@parametrize_phase
class TestDropInForAws:
    def test_registering_appends_the_function_with_its_arguments(self, registry, phase):
        register_for(phase)(hook, 1, "a", key=2)
        assert entries_of(phase) == [(hook, (1, "a"), {"key": 2})]

    def test_an_entry_unpacks_into_three_values(self, registry, phase):
        register_for(phase)(hook, 1, key=2)
        func, args, kwargs = entries_of(phase)[0]
        assert (func, args, kwargs) == (hook, (1,), {"key": 2})

    def test_registering_returns_the_function_itself(self, registry, phase):
        assert register_for(phase)(hook) is hook
        assert register_for(phase)(hook, 1) is hook

    def test_registering_works_as_a_bare_decorator(self, registry, phase):
        @register_for(phase)
        def decorated() -> str:
            return "result"

        assert decorated() == "result"
        assert entries_of(phase) == [(decorated, (), {})]

    def test_the_function_can_be_passed_by_the_name_func(self, registry, phase):
        register_for(phase)(func=hook)
        assert entries_of(phase) == [(hook, (), {})]

    def test_the_same_list_is_returned_every_time(self, registry, phase):
        first = entries_of(phase)
        register_for(phase)(hook)
        assert entries_of(phase) is first
        assert first == [(hook, (), {})]

    def test_callers_can_take_entries_out_of_the_list(self, registry, phase):
        register_for(phase)(hook)
        register_for(phase)(other_hook)
        assert entries_of(phase).pop() == (other_hook, (), {})
        assert entries_of(phase) == [(hook, (), {})]

    def test_a_function_registered_twice_stands_there_twice(self, registry, phase):
        register_for(phase)(hook)
        register_for(phase)(hook)
        assert entries_of(phase) == [(hook, (), {}), (hook, (), {})]

    def test_rebinding_the_private_list_resets_the_registry(self, registry, phase):
        register_for(phase)(hook)
        setattr(registry, f"_{phase}_registry", [])
        assert entries_of(phase) == []
        register_for(phase)(other_hook)
        assert entries_of(phase) == [(other_hook, (), {})]
        assert getattr(registry, f"_{phase}_registry") is entries_of(phase)

    def test_the_private_list_can_be_replaced_by_mock_patch(self, registry, phase):
        register_for(phase)(hook)
        with mock.patch.object(registry, f"_{phase}_registry", []):
            assert entries_of(phase) == []
        assert entries_of(phase) == [(hook, (), {})]

    def test_hooks_of_one_phase_do_not_show_in_the_other(self, registry, phase):
        register_for(phase)(hook)
        (other,) = set(PHASES) - {phase}
        assert entries_of(other) == []

    def test_a_bound_method_is_registered_with_its_object(self, registry, phase):
        calls = []

        class Connection:
            def __init__(self) -> None:
                register_for(phase)(self.close)

            def close(self) -> None:
                calls.append(self)

        connection = Connection()
        func, args, kwargs = entries_of(phase)[0]
        func(*args, **kwargs)
        assert calls == [connection]

    @pytest.mark.parametrize(
        "func", [print, list, functools.partial(print, "a"), mock.Mock(), mock.MagicMock()]
    )
    def test_any_callable_is_taken_as_it_is(self, registry, phase, func):
        register_for(phase)(func)
        assert entries_of(phase)[0][0] is func

    def test_an_entry_that_a_caller_appended_itself_is_kept(self, registry, phase):
        entries_of(phase).append((hook, (), {}))
        register_for(phase)(other_hook)
        assert entries_of(phase) == [(hook, (), {}), (other_hook, (), {})]

    def test_registering_in_many_threads_loses_nothing(self, registry, phase):
        def register_many() -> None:
            for _ in range(500):
                register_for(phase)(hook)
                entries_of(phase)

        threads = [threading.Thread(target=register_many) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert entries_of(phase) == [(hook, (), {})] * 2000

    def test_an_explicit_entry_knows_that_it_belongs_to_no_plugin(self, registry, phase):
        register_for(phase)(hook)
        register_for(phase)(other_hook, 1)
        assert [entry.plugin for entry in entries_of(phase)] == [None, None]

    def test_code_without_a_module_name_can_register(self, registry, phase):
        exec("register(hook)", {"register": register_for(phase), "hook": hook})
        exec("register(hook)", {"__name__": 1, "register": register_for(phase), "hook": print})
        assert entries_of(phase) == [(hook, (), {}), (print, (), {})]


class NotCallable:
    def __repr__(self) -> str:
        return "x" * 1000


def generator():
    yield


async def async_generator():
    yield


class WithGeneratorCall:
    def __call__(self):
        yield


class CallsItself:
    pass


CallsItself.__call__ = CallsItself()  # type: ignore[operator]


@parametrize_phase
class TestRefusals:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [(None, "None"), ("name", "'name'"), (3, "3"), (NotCallable(), "a NotCallable object")],
    )
    def test_what_is_not_callable_is_refused_by_name(self, registry, phase, value, shown):
        with pytest.raises(TypeError) as caught:
            register_for(phase)(value)
        assert str(caught.value) == (
            f"register_{phase}() takes a callable as the hook, not {shown}. "
            f"Pass the function itself: register_{phase}(func, *args, **kwargs)"
        )
        assert entries_of(phase) == []

    def test_a_decorator_with_empty_parentheses_is_refused(self, registry, phase):
        with pytest.raises(TypeError, match=f"no parentheses: write @register_{phase}$"):

            @register_for(phase)()
            def decorated() -> None: ...

        assert entries_of(phase) == []

    @pytest.mark.parametrize(
        "func",
        [
            generator,
            async_generator,
            functools.partial(generator),
            functools.partial(functools.partial(async_generator)),
            WithGeneratorCall(),
            WithGeneratorCall().__call__,
        ],
    )
    def test_a_generator_function_is_refused_in_any_wrapping(self, registry, phase, func):
        with pytest.raises(TypeError, match=f"register_{phase}.*generator function.*'yield'"):
            register_for(phase)(func)
        assert entries_of(phase) == []

    def test_an_object_that_is_its_own_call_method_is_taken(self, registry, phase):
        own = CallsItself()
        register_for(phase)(own)
        assert entries_of(phase)[0][0] is own


class Unbound:
    """As a context-local proxy with nothing behind it."""

    def __getattribute__(self, name):
        raise RuntimeError("unbound")

    def __call__(self):
        pass


@parametrize_phase
def test_a_callable_whose_attributes_raise_anything_is_taken(registry, phase):
    proxy = Unbound()
    register_for(phase)(proxy)
    assert entries_of(phase)[0][0] is proxy


def test_a_callable_that_answers_every_attribute_is_located():
    from snapshot_restore_py._locations import locate

    for answers_all in (mock.call, mock.MagicMock(), mock.call.method):
        assert locate(answers_all).name.startswith("unittest.mock.")


def test_a_callable_whose_attributes_raise_anything_is_located():
    from snapshot_restore_py._locations import locate

    assert locate(Unbound()).name == f"{__name__}.Unbound"


def test_what_is_no_hook_is_refused_though_it_cannot_be_shown(registry):
    class Unshown:
        def __repr__(self):
            raise RuntimeError("unbound")

    with pytest.raises(TypeError, match="takes a callable as the hook, not a Unshown object"):
        registry.register_after_restore(Unshown())


def test_the_version_is_that_of_the_distribution():
    assert snapshot_restore_py.__version__ == "2.0.0"


def test_every_public_name_exists():
    assert [name for name in snapshot_restore_py.__all__ if hasattr(snapshot_restore_py, name)] == (
        sorted(snapshot_restore_py.__all__)
    )


def test_an_unknown_attribute_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="'snapshot_restore_py' has no attribute 'nothing'"):
        _ = snapshot_restore_py.nothing


@pytest.mark.parametrize(
    "name", ["register_", "get_", "run_", "plugins"], ids=["register", "get", "run", "plugins"]
)
def test_annotations_can_be_evaluated(name):
    functions = [
        getattr(snapshot_restore_py, one)
        for one in (f"{name}{phase}" if name != "plugins" else name for phase in PHASES)
    ]
    for function in functions:
        hints = typing.get_type_hints(function)
        assert set(hints) == set(function.__annotations__)
        if sys.version_info >= (3, 10):
            inspect.signature(function, eval_str=True)
    if name == "plugins":
        assert hints["return"] == tuple[snapshot_restore_py.Plugin, ...]
