"""Running the hooks of a phase as AWS's runtime does."""

from __future__ import annotations

import functools
import sys

import pytest

from snapshot_restore_py import (
    get_after_restore,
    get_before_snapshot,
    register_after_restore,
    register_before_snapshot,
    run_after_restore,
    run_before_snapshot,
)

pytestmark = pytest.mark.usefixtures("registry")
has_notes = pytest.mark.skipif(sys.version_info < (3, 11), reason="notes came with Python 3.11")


def test_before_the_snapshot_the_last_registered_runs_first_and_the_list_is_consumed():
    calls: list[int] = []
    for number in (1, 2, 3):
        register_before_snapshot(calls.append, number)
    run_before_snapshot()
    assert calls == [3, 2, 1]
    assert get_before_snapshot() == []


def test_after_the_restore_hooks_run_in_order_and_stay():
    calls: list[int] = []
    for number in (1, 2, 3):
        register_after_restore(calls.append, number)
    run_after_restore()
    run_after_restore()
    assert calls == [1, 2, 3, 1, 2, 3]
    assert len(get_after_restore()) == 3


def test_keyword_arguments_reach_the_hook():
    calls = []

    def hook(*args: object, **kwargs: object) -> None:
        calls.append((args, kwargs))

    register_before_snapshot(hook, 1, key=2)
    run_before_snapshot()
    assert calls == [((1,), {"key": 2})]


def test_a_hook_that_a_hook_registers_runs_in_the_same_phase():
    calls: list[str] = []

    def registers_another() -> None:
        register_before_snapshot(calls.append, "late before")
        register_after_restore(calls.append, "late after")

    register_before_snapshot(registers_another)
    run_before_snapshot()
    register_after_restore(register_after_restore, calls.append, "later")
    run_after_restore()
    assert calls == ["late before", "late after", "later"]


RUNNERS = {
    "ours": "s.run_after_restore()",
    "over the entries' parts": "for f, args, kwargs in s.get_after_restore(): f(*args, **kwargs)",
    "over the entries": "for one in s.get_after_restore(): one[0](*one[1], **one[2])",
}


@pytest.mark.parametrize("again", ["", "import importlib\nimportlib.reload(s)\n"])
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_hook_of_a_plugin_that_a_hook_brings_runs_once_in_the_same_phase(
    site, interpreter, runner, again
):
    modules = {
        "lib": "",
        "lib.snapshot": "calls = []\ndef after_restore(): calls.append('plugin')\n",
        "lib.late": "import snapshot_restore_py as s\nfrom lib.snapshot import calls\n"
        "s.register_after_restore(calls.append, 'late')\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    code = f"""
import snapshot_restore_py as s
from lib.snapshot import calls
def app():
    calls.append("app")
    import lib.late
s.register_after_restore(app)
{RUNNERS[runner]}
{again}
second = []
for f, args, kwargs in s.get_after_restore(): second.append(args or f.__name__)
report([calls, second, len(s.plugins()[0].after_restore)])
"""
    first = ["plugin", "app", "late"]
    # Imported anew, the package puts the hook where its module has its place.
    second = [["late"], "after_restore"] if again else ["after_restore", "app", ["late"]]
    assert interpreter.run(code, site) == [first, second, 2]


def test_what_a_listing_leaves_in_a_variable_is_no_run(site, interpreter):
    modules = {
        "lib": "",
        "lib.snapshot": "def after_restore(): pass\n",
        "lib.late": "import snapshot_restore_py as s\n"
        "@s.register_after_restore\ndef late(): pass\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    code = """
import snapshot_restore_py as s
@s.register_after_restore
def app(): pass
for hook in s.get_after_restore(): pass
import lib.late
report(names(s.get_after_restore()))
"""
    assert interpreter.run(code, site) == ["late", "after_restore", "app"]


def failing() -> None:
    raise ValueError("broken")


def test_a_failing_hook_before_the_snapshot_ends_the_run():
    calls: list[str] = []
    register_before_snapshot(calls.append, "never")
    register_before_snapshot(failing)
    register_before_snapshot(calls.append, "ran")
    with pytest.raises(ValueError, match=r"^broken"):
        run_before_snapshot()
    assert calls == ["ran"]
    assert len(get_before_snapshot()) == 1


def test_a_failing_hook_after_the_restore_ends_the_run():
    calls: list[str] = []
    register_after_restore(calls.append, "ran")
    register_after_restore(failing)
    register_after_restore(calls.append, "never")
    with pytest.raises(ValueError, match=r"^broken"):
        run_after_restore()
    assert calls == ["ran"]


class Failing:
    def method(self) -> None:
        raise ValueError("broken")

    def __call__(self) -> None:
        raise ValueError("broken")


async def failing_async() -> None:
    raise ValueError("broken")


@has_notes
@pytest.mark.parametrize(
    ("func", "name", "line"),
    [
        (failing, "failing", failing.__code__.co_firstlineno),
        (Failing().method, "Failing.method", Failing.method.__code__.co_firstlineno),
        (Failing(), "Failing", Failing.__call__.__code__.co_firstlineno),
        (functools.partial(failing), "failing", failing.__code__.co_firstlineno),
        (failing_async, "failing_async", failing_async.__code__.co_firstlineno),
    ],
)
@pytest.mark.parametrize("phase", ["before_snapshot", "after_restore"])
def test_the_exception_gets_a_note_that_names_the_hook(func, name, line, phase):
    package = sys.modules["snapshot_restore_py"]
    getattr(package, f"register_{phase}")(func)
    with pytest.raises(ValueError, match=r"^broken") as caught:
        getattr(package, f"run_{phase}")()
    assert caught.value.__notes__ == [
        f"Raised by the {phase} hook {__name__}.{name} ({__file__}, line {line}), explicit"
    ]


@has_notes
def test_a_hook_without_python_code_is_named_without_a_place():
    register_after_restore(int, "not a number")
    with pytest.raises(ValueError, match="invalid literal") as caught:
        run_after_restore()
    assert caught.value.__notes__ == ["Raised by the after_restore hook builtins.int, explicit"]


@has_notes
def test_the_note_names_the_hooks_plugin(site, interpreter):
    site.add("some-lib", {"some": "some_lib"}, {"some_lib": "def after_restore(): 1 / 0"})
    result = interpreter.start("import snapshot_restore_py as s; s.run_after_restore()", site)
    assert result.returncode == 1
    assert "Raised by the after_restore hook some_lib.after_restore" in result.stderr
    assert "some_lib.py, line 1), plugin 'some' of some-lib" in result.stderr


class Hostile(Exception):
    def __str__(self):
        raise SystemExit(3)

    def __eq__(self, other):
        raise SystemExit(4)

    def add_note(self, text):
        raise SystemExit(5)


@pytest.mark.parametrize("phase", ["before_snapshot", "after_restore"])
def test_a_hostile_exception_of_a_hook_comes_out_as_it_is(registry, phase):
    error = Hostile()

    def fail():
        raise error

    getattr(registry, f"register_{phase}")(fail)
    with pytest.raises(Hostile) as caught:
        getattr(registry, f"run_{phase}")()
    assert caught.value is error
