"""Imports that the first invocation waits for."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from snapshot_restore_py._rehearsal.findings import Finding
from snapshot_restore_py._rehearsal.telling.verdict import errors_first, verdict
from tests.rehearsal.reports import CLOCK, SHARED, report

if TYPE_CHECKING:
    from tests.rehearsal.command import Functions, Rehearsal

NOTE = Finding("late-import", "note", "the handler imported late", "app.py:3", "", "")


def late(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    # On a busy machine these are slow first calls as well.
    return [note for note in rehearsal.notes if note["code"] == "late-import"]


def modules(note: dict[str, Any]) -> list[str]:
    return [re.sub(r"^ *\d+\.\d ms  ", "", line) for line in note["evidence"].splitlines()]


def test_modules_that_the_handler_imports_are_noted_with_line_and_time(
    functions: Functions,
) -> None:
    functions.write("slow.py", "import slower\n")
    functions.write("slower.py", "import slow\nNAME = 1\n")
    functions.write("late.py", "")
    source = """
        import importlib, json
        def handler(event, context):
            import json, late, slow
            from slower import NAME
            return importlib.import_module("this") is json
    """
    rehearsal = functions.rehearse(source)
    assert (rehearsal.status, rehearsal.codes) == (0, [])
    first, second = late(rehearsal)
    assert (first["level"], first["code"], first["location"]) == ("note", "late-import", "app.py:4")
    assert modules(first) == ["late", "slow"]
    assert "imported late and 1 more" in first["message"]
    assert (second["location"], modules(second)) == ("app.py:6", ["this"])


def test_what_a_library_imports_is_noted_at_the_line_that_uses_it(functions: Functions) -> None:
    functions.write("acme-1.0.dist-info/RECORD", "acme.py,,\nacme_parser.py,,\n")
    functions.write(
        "acme.py", "def parse():\n    import acme_parser\ndef read():\n    import this\n"
    )
    functions.write("acme_parser.py", "")
    source = """
        import acme, threading
        def handler(event, context):
            acme.parse()
            thread = threading.Thread(target=acme.read)
            thread.start()
            thread.join()
    """
    notes = late(functions.rehearse(source))
    found = [(note["location"], modules(note)) for note in notes]
    assert found == [("app.py:4", ["acme_parser"]), ("handler", ["this"])]


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has lazy imports")
def test_lazy_imports_are_noted_at_the_line_that_first_uses_them(functions: Functions) -> None:
    functions.write("acme-1.0.dist-info/RECORD", "acme.py,,\nacme_parser.py,,\n")
    functions.write("acme.py", "lazy import acme_parser\ndef parse(): return acme_parser.NAME\n")
    for name in ("acme_parser", "alone", "listed", "renamed", "used_at_init", "never"):
        functions.write(f"{name}.py", "NAME = 1\n")
    source = """
        import acme
        lazy import alone, never, used_at_init
        lazy from renamed import NAME as name
        __lazy_modules__ = ["listed"]
        import listed
        used_at_init.NAME
        def handler(event, context):
            alone.NAME, name
            alone.NAME, listed.NAME
            return acme.parse()
    """
    rehearsal = functions.rehearse(source)
    assert (rehearsal.results, rehearsal.codes) == ([1] * 3, [])
    found = [(note["location"], modules(note)) for note in late(rehearsal)]
    assert found == [
        ("app.py:9", ["alone", "renamed"]),
        ("app.py:10", ["listed"]),
        ("app.py:11", ["acme_parser"]),
    ]


def test_an_import_that_fails_is_not_noted_and_its_traceback_is_that_of_python(
    functions: Functions,
) -> None:
    functions.write("broken.py", "import late\n1 / 0\n")
    functions.write("late.py", "")
    source = """
        def handler(event, context):
            try:
                import missing_module
            except ImportError:
                import broken
    """
    rehearsal = functions.rehearse(source)
    assert (rehearsal.codes, late(rehearsal)) == (["handler-failed"], [])
    evidence = rehearsal.finding["evidence"]
    assert re.findall(r'File "\S*?(\w+\.py)"', evidence) == ["app.py", "app.py", "broken.py"]


def test_what_the_standard_library_imports_by_itself_is_not_noted(functions: Functions) -> None:
    source = """
        import asyncio, time
        def handler(event, context):
            time.strptime("2026", "%Y")
            return asyncio.run(asyncio.to_thread(len, "abc"))
    """
    rehearsal = functions.rehearse(source)
    assert (rehearsal.results, late(rehearsal)) == ([3] * 3, [])


def test_notes_come_last_and_change_no_verdict() -> None:
    assert errors_first([NOTE, CLOCK, SHARED]) == [SHARED, CLOCK, NOTE]
    assert report(findings=(NOTE,)).ok
    line = "Nothing went wrong in 3 restores of app.handler. 1 note."
    assert verdict(report(findings=(NOTE,))) == line
    assert verdict(report(findings=(CLOCK, NOTE))).startswith("1 warning, 1 note in app.handler")


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has lazy imports")
def test_hooks_in_a_module_that_a_lazy_import_has_not_loaded_are_told(functions: Functions) -> None:
    hooks = "from snapshot_restore_py import *\n@register_after_restore\ndef renew(): pass\n"
    for name in ("never", "part/never", "used"):
        functions.write(f"{name}.py", hooks)
    functions.write("part/__init__.py", "")
    functions.write("plain.py", "NAME = 1\n")
    source = """
        lazy import never, plain, used
        lazy from part import never as other
        used.renew
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["late-registration"] * 2
    assert {one["location"] for one in rehearsal.report["findings"]} == {
        "never.py",
        "part/never.py",
    }
    assert rehearsal.report["findings"][0]["evidence"] == "imported lazily by app.py"


@pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has lazy imports")
def test_hooks_are_told_too_where_all_imports_are_lazy(functions: Functions) -> None:
    functions.write(
        "hooks.py", "import snapshot_restore_py as s\ns.register_after_restore(print)\n"
    )
    source = """
        import hooks
        def handler(event, context): return 1
    """
    rehearsal = functions.rehearse(source, env={"PYTHON_LAZY_IMPORTS": "all"})
    assert rehearsal.codes == ["late-registration"]
