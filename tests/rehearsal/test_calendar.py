"""Which values are parts of the date of the init, told by the source."""

from __future__ import annotations

from textwrap import dedent

import pytest

from snapshot_restore_py._rehearsal.evidence.calendar import Calendar
from snapshot_restore_py._rehearsal.evidence.flow import Flow

START = "import time\nfrom datetime import date, datetime, timedelta\nnow = datetime.now()\n"
USE = "def handler(event, context):\n    return [event, NAME]\n"


@pytest.fixture
def parts(tmp_path):
    """Write the module `app`, and tell whether what is at a path is a part of the date."""

    def written(text: str, path: str) -> bool:
        (tmp_path / "app.py").write_text(dedent(START + text))
        flow = Flow({"app": str(tmp_path / "app.py"), "gone": str(tmp_path / "gone.py")})
        return Calendar(flow).parts([path, "app.other"]) == [path]

    return written


@pytest.mark.parametrize(
    ("value", "is_part"),
    [
        ("datetime.now().year", True),
        ("date.today().weekday() >= 5", True),
        ("time.strftime('%Y')", True),
        ("time.strftime('%Y', event)", False),
        ("time.localtime().tm_hour", True),
        ("time.localtime(0).tm_hour", False),
        ("time.ctime()", True),
        ("f'{datetime.now():%Y}'", True),
        ("f'{datetime.now()}'", False),
        ("str(date.today() - timedelta(days=1))", True),
        ("(date(2030, 1, 1) - date.today()).days", True),
        ("datetime.now() >= datetime(2026, 1, 1)", True),
        ("now >= datetime(2026, 1, 1)", False),
        ("datetime.now() - now > LIMIT", False),
        ("date.today()", False),
        ("int(time.time()) // 30", True),
        ("time.time() / 60", True),
        ("time.time() / event", False),
        ("time.time() * 60", False),
        ("event / 60", False),
        ("int() // 30", False),
        ("(time.time() - now) / 60", False),
        ("date(2026, 1, 2).year", False),
        ("time.time()", False),
        ("1", False),
    ],
)
def test_what_is_a_part_of_the_date(parts, value, is_part):
    assert parts(f"NAME = {value}\n{USE}", "app.NAME") is is_part


@pytest.mark.parametrize(
    ("text", "path", "is_part"),
    [
        ("def handler(e, c): print(NAME)", "app.NAME", False),
        ("def handler(e, c): log.info('in %s', NAME)", "app.NAME", False),
        ("print(NAME)", "app.NAME", False),
        ("handler = lambda e, c: NAME", "app.NAME", True),
        ("def handler(e, c):\n    global NAME\n    return NAME", "app.NAME", False),
        ("NAME = 3\ndef handler(e, c): return NAME", "app.NAME", False),
        ("def other():\n    NAME = 3\ndef handler(e, c): return NAME", "app.NAME", True),
        ("def handler(e, c): return NAME", "app.NAMES", False),
    ],
)
def test_a_part_of_the_date_is_used_and_never_set_again(parts, text, path, is_part):
    assert parts(f"NAME = datetime.now().year\n{text}", path) is is_part


@pytest.mark.parametrize(
    ("body", "is_part"),
    [
        ("return date.today().year", True),
        ("year = date.today().year\n    return f'in {year}'", True),
        ("hour = datetime.now().hour\n    if hour < 12:\n        return 'a'\n    return 'b'", True),
        ("if datetime.now().hour < 12:\n        return 'a'\n    return 'b'", True),
        ("if event:\n        return 'a'\n    return 'b'", False),
        ("year: int = date.today().year\n    return", False),
        ("print(date.today().year)\n    return 3", False),
        ("a.b, c = date.today().year, 3\n    return 3", False),
    ],
)
def test_what_a_function_returns_may_be_a_part_of_the_date(parts, body, is_part):
    assert parts(f"def get():\n    {body}\nNAME = get()\n{USE}", "app.NAME") is is_part


def test_an_element_that_is_set_again_is_no_part_of_the_date(parts):
    text = "NAME = {'a': date.today().year}\nNAME['a'] = 3\n"
    assert not parts(text + USE, "app.NAME['a']")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("class A:\n    NAME: int = date.today().year\n" + USE, "app.A.NAME"),
        (
            "class A:\n    def __init__(self):\n        self.year = date.today().year\n"
            "    def get(self):\n        return self.year",
            "app.a.year",
        ),
        ("NAME = {'a': 1, 'b': date.today().year, event: now}\n" + USE, "app.NAME['b']"),
        ("other: int\nOTHER, NAME = 1, date.today().year\n" + USE, "app.NAME"),
        ("def key(year=date.today().year): return year", "app.key (default of year)"),
        ("def key(*, a, y=date.today().year): return y", "app.key (default of y)"),
    ],
)
def test_where_else_a_part_of_the_date_is_kept(parts, text, path):
    assert parts(text, path)
