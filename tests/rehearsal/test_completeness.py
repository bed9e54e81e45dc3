"""That nothing is lost on the way, and that the report says what was not looked at."""

from __future__ import annotations

import io
import textwrap

from rich.console import Console

from snapshot_restore_py._rehearsal.reports.html import page
from snapshot_restore_py._rehearsal.reports.text import show
from tests.rehearsal.reports import report

HANDLER = "\ndef handler(event, context): return 1\n"
# Lowers a limit in the process that looks at itself, so that no test has to reach that of users.
LOWERED = "import sys; sys.modules['snapshot_restore_py._rehearsal.inside.{}'].{} = {}\n"
FEW_VALUES = LOWERED.format("observation", "_MOST_VALUES", 10_000)
FEW_OBJECTS = LOWERED.format("reachability", "_MOST_OBJECTS", 5_000)


def locations(rehearsal):
    return [one["location"] for one in rehearsal.report["findings"]]


def paths(finding):
    """Return the paths of the values that a finding tells of together."""
    return [line[:-1] for line in finding["evidence"].splitlines() if not line.startswith(" ")]


def test_keys_that_begin_alike_are_told_apart(functions):
    source = """
        import uuid
        ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:production/orders/"
        KEYS = {ARN + "first": uuid.uuid4().hex, ARN + "second": uuid.uuid4().hex}
        NAME = uuid.UUID(int=1)
        ALIKE = {NAME: uuid.uuid4().hex, str(NAME): uuid.uuid4().hex, b"a" * 70: uuid.uuid4().hex}
        def handler(event, context): return 1
    """
    keys, others = functions.rehearse(source).report["findings"]
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:production/orders/"
    assert paths(keys) == [f"app.KEYS['{arn}first']", f"app.KEYS['{arn}second']"]
    alike = "app.ALIKE['00000000-0000-0000-0000-000000000001']"
    assert paths(others)[:2] == [alike, f"{alike} 2"]
    assert len(paths(others)) == 3


def test_what_lies_deep_is_found_by_a_path_of_its_own(functions):
    source = """
        import uuid
        def deep(value):
            for _ in range(1000):
                value = [value]
            return value
        VALUE = {"a": deep(uuid.uuid4().hex), "b": deep([uuid.uuid4().hex, uuid.uuid4().hex])}
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(source)
    found = paths(rehearsal.finding)
    assert len(set(found)) == 3
    assert all(len(one) <= 110 for one in found)
    assert len(rehearsal.finding["message"]) < 200
    assert rehearsal.report["not_examined"] == []


def test_what_is_long_large_and_deep_is_reported_right(functions):
    source = """
        import secrets, uuid
        TEXT = secrets.token_hex(10_000_000)
        IDS = {str(uuid.uuid4()): str(uuid.uuid4()) for _ in range(30_000)}
        DEEP = [secrets.token_hex(8)]
        for _ in range(100_000):
            DEEP = [DEEP]
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["shared-value"] * 3
    text, ids, deep = locations(rehearsal)
    assert (text, ids) == ("app.TEXT", "app.IDS")
    assert deep.startswith("app.DEEP[0][0]")
    evidence = rehearsal.report["findings"][1]["evidence"]
    assert "first init:   30000 elements, compared as a whole" in evidence
    assert rehearsal.report["not_examined"] == []


def test_all_names_come_before_the_depth_of_one_and_what_is_cut_is_told(functions):
    source = """
        import uuid
        NUMBERS = [[number for number in range(100)] for _ in range(120)]
        ROWS = [[number for number in range(100)] for _ in range(120)]
        A = B = C = D = None
        LATER = uuid.uuid4().hex
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(FEW_VALUES + textwrap.dedent(source))
    assert locations(rehearsal) == ["app.LATER"]
    assert rehearsal.report["not_examined"] == [
        "values after the first 10,000: in app.NUMBERS, app.ROWS, because there is too much",
        "in a restore, values after the first 10,000: in app.NUMBERS, app.ROWS, because there "
        "is too much",
    ]


def test_names_of_what_is_cut_are_few(functions):
    lists = "".join(f"L{one} = [[n for n in range(100)] for _ in range(20)]\n" for one in range(12))
    rehearsal = functions.rehearse(FEW_VALUES + lists + HANDLER)
    assert rehearsal.report["not_examined"][0].endswith(
        "and 3 more names, because there is too much"
    )


def test_a_search_for_generators_that_is_cut_is_told(functions):
    source = """
        import random, string
        OBJECTS = [[[[]]] for _ in range(2_600)]
        string.hidden = random.Random()
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(FEW_OBJECTS + textwrap.dedent(source))
    assert (
        "random generators that only a long way leads to, because there is too much"
        in (rehearsal.report["not_examined"])
    )


def test_a_hook_that_fails_before_the_snapshot_leaves_all_unexamined(functions):
    source = """
        import snapshot_restore_py, uuid
        ID = uuid.uuid4().hex
        @snapshot_restore_py.register_before_snapshot
        def fail(): raise OSError
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.report["not_examined"] == [
        "what a snapshot holds, and all restores: a hook before the snapshot failed"
    ]


def test_a_hook_that_fails_after_a_restore_leaves_the_restores_unexamined(functions):
    source = """
        import snapshot_restore_py
        @snapshot_restore_py.register_after_restore
        def fail(): raise OSError
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.report["not_examined"] == [
        "what 3 of 3 restores share with the others: they were not reached, or ended early"
    ]


def test_a_second_init_that_does_not_end_leaves_unknown_what_is_made_up(functions, tmp_path):
    source = f"""
        import os, time
        if os.path.exists({str(tmp_path / "seen")!r}):
            time.sleep(1000)
        open({str(tmp_path / "seen")!r}, "w").close()
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(source, "--timeout", "1")
    assert rehearsal.report["not_examined"] == [
        "which values the init makes up: in the second init, the import did not end"
    ]


def test_a_plugin_that_ends_the_import_leaves_all_unexamined(functions, site):
    site.add("broken", {"broken": "no_such_module"}, {})
    rehearsal = functions.rehearse(
        HANDLER, path=(site,), env={"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
    )
    assert rehearsal.report["not_examined"] == [
        "what a snapshot holds, and all restores: a plugin ended it"
    ]


def test_what_was_not_examined_stands_in_every_form_of_the_report():
    seen = report(not_examined=("values after the first 100,000",))
    assert seen.as_json()["not_examined"] == ["values after the first 100,000"]
    console = Console(record=True, width=80, file=io.StringIO())
    show(seen, console)
    text = console.export_text()
    assert "Not examined\n  values after the first 100,000\n" in text
    assert "<h2>Not examined</h2>\n<p>values after the first 100,000</p>" in page(seen)
