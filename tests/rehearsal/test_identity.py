"""Where findings are in the code, and by what they are recognised in another run."""

from __future__ import annotations

import pytest

from snapshot_restore_py._rehearsal.advice.fix import in_words
from snapshot_restore_py._rehearsal.advice.source import Source
from snapshot_restore_py._rehearsal.findings import Caller, Finding
from snapshot_restore_py._rehearsal.findings._identity import located

SOURCE = """\
import os, json as j
from uuid import uuid4

if True:
    ORDER = uuid4()

class Settings:
    token = 1

def handler(event, context):
    return ORDER
"""
MADE_UP = """
import uuid
ID = str(uuid.uuid4())

def handler(event, context):
    return ID
"""


@pytest.fixture
def source(tmp_path) -> Source:
    (tmp_path / "app.py").write_text(SOURCE)
    return Source(str(tmp_path))


def finding(location: str, *callers: Caller, code: str = "shared-value") -> Finding:
    return Finding(code, "error", "seen", location, "", in_words("Mend it."), callers)


def place(source: Source, location: str, *callers: Caller, handler: str = "app.handler"):
    (found,) = located([finding(location, *callers)], handler, source)
    return found.file, found.line


def ids(source: Source, *locations: str) -> list[str]:
    return [one.id for one in located(map(finding, locations), "app.handler", source)]


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ("app.py:9", 9),
        ("app.ORDER", 5),
        ("app.ORDER.hex['a.b']", 5),
        ("app.Settings.token", 7),
        ("socket.socket in app.j", 1),
        ("app.uuid4", 2),
        ("app.missing", None),
        ("handler", 10),
        ("SNAPSHOT_RESTORE_PLUGINS", 10),
        ("random", 10),
    ],
)
def test_file_and_line_are_as_near_as_can_be_told(source, location, line):
    assert place(source, location) == ("app.py", line)


def test_code_that_was_seen_to_do_it_is_nearer_than_the_handler(source):
    callers = (Caller(None, None, "lib.draw", "/lib.py:1"), Caller("app.py:11", "f", None, None))
    assert place(source, "random", *callers) == ("app.py", 11)


def test_where_there_is_no_source_there_is_no_file(source):
    assert place(source, "handler", handler="other/module.handler") == (None, None)


def test_a_file_outside_of_the_function_is_told_as_it_is(source):
    assert place(source, "/opt/python/lib.py:3") == ("/opt/python/lib.py", 3)


def test_an_id_holds_nothing_that_changes_from_run_to_run(source):
    same = [
        ("app.CACHE['6f1c2d']", "app.CACHE['a90be1']"),
        ("app.ROWS[0x7f00aa]", "app.ROWS[12]"),
        ("restore 2, handler", "restore 3, handler"),
        ("<object at 0x7f001122>", "<object at 0x7f99aabb>"),
        ("/a/lib/python3.12/site-packages/lib.py:1", "/b/lib/python3.13/site-packages/lib.py:1"),
        ("/opt/one/lib.py:1", "/opt/two/lib.py:1"),
    ]
    for first, second in same:
        assert ids(source, first) == ids(source, second), first
    other = [("app.ORDER", "app.OTHER"), ("app.CACHE['a']", "app.CACHE['b']")]
    for first, second in other:
        assert ids(source, first) != ids(source, second), first


def test_an_id_stays_where_lines_above_come_and_go(source, tmp_path):
    before = ids(source, "app.py:10")
    (tmp_path / "app.py").write_text("# one more line\n" + SOURCE)
    assert ids(Source(str(tmp_path)), "app.py:11") == before
    assert ids(Source(str(tmp_path)), "app.py:10") != before


def test_what_cannot_be_told_apart_has_ids_of_its_own_in_any_order(source):
    found = ids(source, "handler", "handler", "app.py:99", "missing.py:1")
    assert len(set(found)) == 4
    assert found[:2] == ids(source, "handler", "handler")


def test_two_rehearsals_give_the_same_ids(functions):
    first = functions.rehearse(MADE_UP)
    second = functions.again("--restores", "2")
    assert first.finding["id"] == second.finding["id"]
    assert len(first.finding["id"]) == 16
    assert (first.finding["file"], first.finding["line"]) == ("app.py", 3)
