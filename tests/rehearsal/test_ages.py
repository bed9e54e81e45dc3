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
}


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


ELEMENT = """
    import time
    entries, state = {{}}, {{}}
    def get(name):
        {get}
        entries[name] = (time.time(), name)
        last, known = len(name), len(entries)
        print(last, known)
        state["at"] = time.time()
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
        ("return 1", "app.f (default of at)", False),
    ],
)
def test_elements_of_tuples_and_dicts(source, get, path, is_checked):
    assert Ages(source(ELEMENT.format(get=get))).are_checked([path]) is is_checked


def test_every_place_of_a_time_counts(source):
    flow = source(dedent(VARIABLE) + "def handler(e, c):\n    return time.time() - loaded > 1\n")
    assert Ages(flow).are_checked(["app.loaded"])
    assert not Ages(flow).are_checked(["app.loaded", "app.settings.made"])


MEASURED = "import time\nstart = time.time()\n"


@pytest.mark.parametrize(
    ("rest", "is_measured"),
    [
        ("print(time.time() - start)", True),
        ("print(start)", False),
        ("print(time.time() - start, start)", False),
        ("def handler(event, context): return time.time() - start", False),
        ("", False),
    ],
)
def test_what_only_the_import_measures(source, rest, is_measured):
    flow = source(f"{MEASURED}{rest}\n")
    assert flow.only_measures("app.start") is is_measured
    assert not flow.only_measures("other.start")
    assert not flow.only_measures("gone.start")
