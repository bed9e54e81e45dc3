"""Which times of the init tell nothing but the age of what code makes anew by itself."""

from __future__ import annotations

from textwrap import dedent

import pytest

from snapshot_restore_py._rehearsal.evidence.ages import Ages
from snapshot_restore_py._rehearsal.evidence.flow import Flow


@pytest.fixture
def source(tmp_path):
    """Write the module `app`, and return what there is of its source."""

    def written(text: str) -> Flow:
        (tmp_path / "app.py").write_text(dedent(text))
        return Flow({"app": str(tmp_path / "app.py"), "gone": str(tmp_path / "gone.py")})

    return written


# What the code does with a time, where the time is, and whether it only says how old something is.
VARIABLE = """
    import time
    from datetime import datetime, timedelta
    loaded = time.time()
    def load():
        global loaded
        loaded = time.time()
"""
VARIABLES = {
    "a comparison": ("if time.time() - loaded > 60: load()", True),
    "a comparison the other way round": ("return loaded + 60 < time.time()", True),
    "a clock in a variable": ("now = time.time()\n    return now - loaded > 60", True),
    "an age in a variable": ("age = time.time() - loaded\n    return age > 60", True),
    "of a datetime": ("return datetime.now() - loaded > timedelta(hours=1)", True),
    "whether there is one": ("return loaded is None or time.time() > loaded + 9", True),
    "whether it is set": ("if not loaded or time.time() - loaded > 9: load()", True),
    "by its module": ("import app\n    return time.time() - app.loaded > 60", True),
    "a comparison with a constant": ("return loaded > 60", False),
    "an age that is told": ("age = time.time() - loaded\n    print(age)", False),
    "an age that is returned": ("return time.time() - loaded", False),
    "another use beside it": ("if time.time() - loaded > 60: load()\n    return loaded", False),
    "a use for something else": ("other = loaded + 1\n    return other", False),
    "no use": ("return 1", False),
    "an age that is told beside the check": (
        "age = time.time() - loaded\n    print(age)\n    return age > 60",
        True,
    ),
    "an age in a variable with a type": (
        "age: float = time.time() - loaded\n    return age > 60",
        True,
    ),
    "an age that is rounded": ("return round(time.time() - loaded) > 60", True),
    "a time in a variable": ("at = loaded\n    return not at or time.time() - at > 60", True),
    "a time that goes to nothing": ("at = loaded\n    return 1", False),
    "a time that goes to an object": ("event.at = loaded\n    return 1", False),
    "a method of the same name": ("event.loaded()\n    return time.time() - loaded > 60", True),
    "a helper that is given it": (
        "return is_old(loaded)\ndef is_old(at, limit=60):\n    return time.time() - at > limit",
        True,
    ),
    "a helper that is given it by name": (
        "return is_old(at=loaded)\ndef is_old(*, at):\n    return time.time() - at > 60",
        True,
    ),
    "a helper that is given more than it knows": (
        "return is_old(1, loaded)\ndef is_old(at):\n    return time.time() - at > 60",
        False,
    ),
    "a helper that tells it": ("return tell(loaded)\ndef tell(at):\n    print(at)", False),
    "a helper that gives the age": (
        "return age() > 60\ndef age():\n    return time.time() - loaded",
        True,
    ),
    "a helper that gives the age, which is told": (
        "return age()\ndef age():\n    return time.time() - loaded",
        False,
    ),
    "a helper that gives the age, which is not called": (
        "return map(age, [1])\ndef age():\n    return time.time() - loaded",
        False,
    ),
    "a helper that gives the time": (
        "return time.time() - since() > 60\ndef since():\n    return loaded",
        True,
    ),
    "a helper that calls itself": (
        "return age()\ndef age():\n    return age() if 0 else time.time() - loaded",
        False,
    ),
    "a lambda that gives the age": (
        "age = lambda: time.time() - loaded\n    return age() > 60",
        True,
    ),
    "a lambda without a name": ("return sorted([1], key=lambda one: one - loaded)", False),
    "a variable of the same name": ("loaded = 1\n    return loaded", False),
    "a parameter of the same name": ("return 1\ndef other(loaded):\n    return loaded", False),
    "a use of what was set just now": (
        "global loaded\n    if time.time() - loaded > 60:\n        loaded = time.time()\n"
        "        print(loaded)",
        True,
    ),
    "a use of what may have been set": (
        "global loaded\n    if time.time() - loaded > 60:\n        loaded = time.time()\n"
        "    print(loaded)",
        False,
    ),
    "what has passed since the last time": (
        "global loaded\n    passed = time.time() - loaded\n    loaded = time.time()\n"
        "    return passed",
        True,
    ),
}
# How the code reads the clock, beside a check of `now() - loaded`, and whether that is a clock.
CLOCKS = {
    "an import by another name": ("from time import time as tick", True),
    "an import of something else": ("from time import sleep as tick", False),
    "a variable": ("tick = time.time", True),
    "a variable of something else": ("tick = time.sleep", False),
    "a variable with a type": ("tick: object = datetime.utcnow", True),
    "a variable without a value": ("tick: object", False),
    "a variable by way of another": ("other = time.time\ntick = other", True),
    "a variable with a default": ("tick = None or time.time", True),
    "a part of it": ("from functools import partial\ntick = partial(datetime.now, None)", True),
    "a call of something else": ("tick = print(time.time)", False),
    "a function": ("def tick():\n    return int(time.time() * 1000)", True),
    "a function by way of another": (
        "def other(): return datetime.now().timestamp()\ndef tick(): return other()",
        True,
    ),
    "a function of something else": ("def tick():\n    return len('a')", False),
    "a function of nothing": ("def tick():\n    return", False),
    "a lambda": ("tick = lambda: time.time()", True),
    "a default": ("def make(tick=time.time):\n    pass", True),
    "a default of a name": ("def make(one, *, tick=time.time, more):\n    pass", True),
    "a keyword": ("dict(tick=time.time)\ndict(**{})", True),
    "an argument of a function": ("def make(one, tick): pass\nmake(1, time.time)", True),
    "an argument of a class": (
        "class Make:\n    kind = 1\n    def __init__(self, tick): pass\nMake(time.time)",
        True,
    ),
    "an argument of something else": ("def make(one, tick): pass\nmake(time.time, 1)", False),
}


@pytest.mark.parametrize("what", CLOCKS)
def test_the_clock_by_other_names(source, what):
    named, is_clock = CLOCKS[what]
    flow = source(
        dedent(VARIABLE)
        + f"{named}\ndef handler(event, context):\n    return tick() - loaded > 6\n"
    )
    assert Ages(flow).are_checked(["app.loaded"]) is is_clock


@pytest.mark.parametrize(
    ("check", "is_checked"),
    [
        ("now = event or time.time()\n    return now - loaded > 6", True),
        ("now = round(datetime.now().timestamp())\n    return now - loaded > 6", True),
        ("limit = time.time() - 60\n    return loaded < limit", True),
        ("if (age := time.time() - loaded) > 6: print(age)", True),
        ("now = len(time.time())\n    return now - loaded > 6", False),
        ("number = int()\n    return number - loaded > 6", False),
        ("return is_old(1)\ndef is_old(now=0):\n    return now - loaded > 6", True),
    ],
)
def test_what_holds_what_the_clock_shows(source, check, is_checked):
    flow = source(dedent(VARIABLE) + f"def handler(event, context):\n    {check}\n")
    assert Ages(flow).are_checked(["app.loaded"]) is is_checked


@pytest.mark.parametrize("what", VARIABLES)
def test_a_variable_that_is_compared_with_the_clock_and_set_anew(source, what):
    body, is_checked = VARIABLES[what]
    flow = source(dedent(VARIABLE) + f"def handler(event, context):\n    {body}\n")
    assert Ages(flow).are_checked(["app.loaded"]) is is_checked


def test_a_variable_that_nothing_sets_anew_is_the_inits(source):
    flow = source(
        """
        import time
        loaded = time.time()
        def handler(event, context):
            return time.time() - loaded > 60
        """
    )
    assert not Ages(flow).are_checked(["app.loaded"])


OBJECT = """
    import time
    class Flags:
        def __init__(self):
            {init}
        def load(self):
            {load}
        def get(self):
            if time.time() - self.fetched > 60:
                self.load()
    flags = Flags()
"""


@pytest.mark.parametrize(
    ("init", "load", "is_checked"),
    [
        ("self.load()", "self.fetched = time.time()", True),
        ("self.fetched = time.time()", "pass", False),
    ],
)
def test_an_attribute_has_to_be_set_by_more_than_the_init(source, init, load, is_checked):
    flow = source(OBJECT.format(init=init, load=load))
    assert Ages(flow).are_checked(["app.flags.fetched"]) is is_checked


ENTRY = """
    import time
    from collections import namedtuple
    from dataclasses import dataclass, field
    from typing import NamedTuple
    @dataclass
    class Entry:
        value: int
        at: float = 0.0
    class Row(NamedTuple):
        "A docstring."
        value: int
        stored: float
    Pair = namedtuple("Pair", "value kept")
    Triple = namedtuple("Triple", ["value", "made"])
    Unknown = namedtuple("Unknown", fields)
    class Holder:
        def __init__(self):
            self.entry = Entry(1, time.time())
            self.begun = time.time()
    entry = Entry(1, time.time())
    holder = Holder()
    rows = {{}}
    def load(name):
        {load}
    def get(name):
        {get}
"""


@pytest.mark.parametrize(
    ("load", "get", "path", "is_checked"),
    [
        ("return Entry(1)", "if time.time() - entry.at > 9: load(1)", "app.entry.at", True),
        ("return 1", "if time.time() - entry.at > 9: return Entry(1)", "app.entry.at", True),
        ("return 1", "if time.time() - entry.at > 9: load(1)", "app.entry.at", False),
        ("return Entry(1)", "return time.time() - entry.at > 9", "app.entry.at", False),
        (
            "return Entry(1)",
            "return time.time() - entry.at > 9\n    def both():\n        return get(1) or load(1)",
            "app.entry.at",
            True,
        ),
        ("return 1", "return time.time() - holder.begun > 9", "app.holder.begun", False),
        (
            "rows[name] = Row(1, time.time())",
            "return time.time() - rows[name].stored > 9",
            "app.rows['main'][1]",
            True,
        ),
        (
            "rows[name] = Pair(1, time.time())",
            "return time.time() - rows[name].kept > 9",
            "app.rows['main'][1]",
            True,
        ),
        (
            "rows[name] = Triple(1, time.time())",
            "return time.time() - rows[name].made > 9",
            "app.rows['main'][1]",
            True,
        ),
    ],
)
def test_a_new_object_has_a_new_time(source, load, get, path, is_checked):
    flow = source(ENTRY.format(load=load, get=get))
    assert Ages(flow).are_checked([path]) is is_checked


CAPTURED = """
    import time
    def cached(load):
        last = 0
        def get(event):
            {changed} last
            if time.time() - last > 9:
                last = time.time()
            return event.last
        return get
    get = cached(len)
"""


@pytest.mark.parametrize(("changed", "is_checked"), [("nonlocal", True), ("del", False)])
def test_a_variable_of_a_function_that_another_one_keeps(source, changed, is_checked):
    flow = source(CAPTURED.format(changed=changed))
    assert Ages(flow).are_checked(["app.get (variable last)"]) is is_checked


ELEMENT = """
    import time
    entries, state = {{}}, {{}}
    def get(name):
        {get}
        entries[name] = (time.time(), name)
        last, known = len(name), len(entries)
        print(last, known)
        state["at"] = time.time()
    def is_new(entry):
        return time.time() - entry["new"] < 9
    def other():
        first, second = 1, 2
        third, fourth = get("other")
        print(first, third)
        def inner():
            return time.time()
        return inner
"""


@pytest.mark.parametrize(
    ("get", "path", "is_checked"),
    [
        ("if time.time() - entries[name][0] < 9: return 1", "app.entries['main'][0]", True),
        (
            "stored, value = entries[name]; return time.time() - stored < 9",
            "app.entries[1][0]",
            True,
        ),
        ("if time.time() - state['at'] < 9: return 1", "app.state['at']", True),
        ("if time.time() - state.get('at', 0) < 9: return 1", "app.state['at']", True),
        ("if time.time() - state[name] < 9: return 1", "app.state['at']", True),
        ("if time.time() - other.state[name] < 9: return 1", "app.state['at']", True),
        ("if time.time() - other[name] < 9: return 1", "app.state['at']", False),
        ("if time.time() - f()[name] < 9: return 1", "app.(default)['at']", False),
        ("return state['at']", "app.state['at']", False),
        ("return is_new(state)", "app.state['new']", True),
        (
            "entries.append(time.time()); return time.time() - entries[0] > 9",
            "app.entries[0]",
            True,
        ),
        ("return is_new(state), state['new']", "app.state['new']", False),
        (
            "state.update(at=time.time()); return time.time() - state['at'] > 9",
            "app.state['at']",
            True,
        ),
        ("return 1", "app.f (default of at)", False),
    ],
)
def test_elements_of_tuples_and_dicts(source, get, path, is_checked):
    assert Ages(source(ELEMENT.format(get=get))).are_checked([path]) is is_checked


WINDOW = """
    import time
    calls, seen = [time.time()], {{"a": time.time()}}
    def handler(event, context):
        global calls, seen
        now = time.time()
        calls.append(now)
        seen["b"] = now
        {use}
"""


@pytest.mark.parametrize(
    ("use", "path", "is_checked"),
    [
        ("calls = [t for t in calls if now - t < 9]", "app.calls[0]", True),
        ("calls[:] = [t for t in list(calls) if now - t < 9]", "app.calls[0]", True),
        ("calls = sorted(t for t in calls if now - t < 9)", "app.calls[0]", False),
        ("old = [t for t in calls if now - t < 9]", "app.calls[0]", False),
        ("calls = [t for t in event if now - t < 9]", "app.calls[0]", False),
        ("return sum(1 for t in calls if now - t < 9)", "app.calls[0]", True),
        ("return now - max(calls) > 9", "app.calls[0]", True),
        ("return now - max(f()) > 9", "app.calls[0]", False),
        ("return now - max() > 9", "app.calls[0]", False),
        ("for i, t in enumerate(calls): event[i] = now - t > 9", "app.calls[0]", True),
        ("for i, t in enumerate(calls): event[i] = t", "app.calls[0]", False),
        ("seen = {k: t for k, t in seen.items() if now - t < 9}", "app.seen['a']", True),
        ("seen = {t: k for k, t in seen.items() if now - t < 9}", "app.seen['a']", False),
        ("return [k for k, t in seen.copy().items() if now - t < 9]", "app.seen['a']", True),
        ("return [1 for t in seen.values() if now - t < 9]", "app.seen['a']", True),
        ("for k in list(seen): event[k] = now - seen[k] > 9", "app.seen['a']", True),
    ],
)
def test_collections_that_code_goes_through(source, use, path, is_checked):
    assert Ages(source(WINDOW.format(use=use))).are_checked([path]) is is_checked


@pytest.mark.parametrize(
    ("use", "is_compared"),
    [
        ("if time.time() > loaded: load()\n    return loaded", True),
        ("return loaded", False),
        ("return 1", False),
    ],
)
def test_what_is_compared_with_the_clock_before_it_is_given_out(source, use, is_compared):
    flow = source(dedent(VARIABLE) + f"def handler(event, context):\n    {use}\n")
    assert Ages(flow).are_compared(["app.other", "app.loaded"]) is is_compared


def test_every_place_of_a_time_counts(source):
    flow = source(dedent(VARIABLE) + "def handler(e, c):\n    return time.time() - loaded > 1\n")
    assert Ages(flow).are_checked(["app.loaded"])
    assert not Ages(flow).are_checked(["app.loaded", "app.settings.made"])


MEASURED = "import time\nstart = time.time()\n"


@pytest.mark.parametrize(
    ("rest", "is_measured"),
    [
        ("print(time.time() - start)", True),
        ("print(start)", True),
        ("log.info('begun', start)", True),
        ("print(time.time() - start, start)", True),
        ("other = start", False),
        ("def handler(event, context): return time.time() - start", False),
        ("", False),
    ],
)
def test_what_only_the_import_measures(source, rest, is_measured):
    flow = source(f"{MEASURED}{rest}\n")
    assert flow.only_measures("app.start") is is_measured
    assert not flow.only_measures("other.start")
    assert not flow.only_measures("gone.start")
