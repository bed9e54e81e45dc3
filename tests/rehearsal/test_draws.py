"""Who drew from a random generator that all restores share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.rehearsal.command import Functions

ACME = """
    import random, threading
    class Names:
        def name(self):
            return "".join(random.choice("ab") for _ in range(3))
    def in_thread():
        thread = threading.Thread(target=Names().name)
        thread.start()
        thread.join()
    def handler(event, context):
        return Names().name()
"""
APP = """
    import acme, random
    hidden = zip(iter(random.Random().random, None))
    seeded = random.Random()
    many = random.Random()
    def busy():
        for _ in range(10_000):
            abs(-1)
    def handler(event, context):
        acme.Names().name()
        acme.in_thread()
        next(hidden)
        seeded.random()
        seeded.seed(seeded.getrandbits(64))
        busy()
"""


def callers(report: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return the callers of each finding, by its location."""
    return {
        one["location"]: [
            (caller["location"], caller["function"], caller["library"], caller["library_location"])
            for caller in one["callers"]
        ]
        for one in report["findings"]
        if one["level"] != "note"
    }


def test_who_drew_is_told_with_file_and_line_and_the_library(functions: Functions) -> None:
    functions.write("acme-1.0.dist-info/RECORD", "acme.py,,\n")
    functions.write("acme.py", ACME)
    draws = "".join(["        many.random()\n"] * 101)
    rehearsal = functions.rehearse(APP + draws)
    found = callers(rehearsal.report)
    # Python tells the class of a method from 3.11 on.
    drawn = [(*one[:2], one[2].replace("Names.", ""), one[3]) for one in found["random"]]
    assert drawn == [
        ("app.py:10", "handler", "acme.name", "acme.py:5"),
        ("app.py:11", "handler", "acme.name", "acme.py:5"),
    ]
    assert found["app.hidden (a generator inside)"] == [("app.py:12", "handler", None, None)]
    assert found["app.seeded"] == [
        ("app.py:13", "handler", None, None),
        ("app.py:14", "handler", None, None),
    ]
    assert len(found["app.many"]) == 95
    evidence = {one["location"]: one["evidence"] for one in rehearsal.report["findings"]}
    assert "\n  app.py:10 in handler\n    through acme." in evidence["random"]
    assert "\n    in acme.py:5\n  app.py:11 in handler" in evidence["random"]
    assert evidence["app.many"].endswith("\n  and 90 more places")


def test_a_library_that_no_own_code_calls_is_told_alone(functions: Functions) -> None:
    functions.write("acme-1.0.dist-info/RECORD", "acme.py,,\n")
    functions.write("acme.py", ACME)
    rehearsal = functions.rehearse("from acme import handler")
    assert [one[:2] for one in callers(rehearsal.report)["random"]] == [(None, None)]
    assert "\n  the handler\n    through acme." in rehearsal.finding["evidence"]


@pytest.mark.parametrize(
    "ends", ["1 / 0", "import os; os._exit(3)", "import time; time.sleep(1000)"]
)
def test_what_fails_under_the_profiler_is_told_without_who_drew(
    functions: Functions, ends: str
) -> None:
    source = f"""
        import random, sys
        def handler(event, context):
            random.random()
            if sys.getprofile():
                random.random()
                {ends}
    """
    limit = ("--timeout", "10") if "sleep" in ends else ()
    rehearsal = functions.rehearse(source, *limit)
    assert rehearsal.codes == ["shared-random-state"]
    is_seen = ends == "1 / 0"
    assert len(rehearsal.finding["callers"]) == (2 if is_seen else 0)
    assert ("Who drew was not seen" in rehearsal.finding["evidence"]) == (not is_seen)


def test_a_hook_that_fails_in_the_profiled_copy_alone_is_no_finding(functions: Functions) -> None:
    source = """
        import os, pathlib, random
        from snapshot_restore_py import register_after_restore
        restores = pathlib.Path(__file__).with_name("restores")
        restores.touch()
        @register_after_restore
        def count():
            with restores.open("a") as stream:
                stream.write("x")
            # Three restores, and one of the second init.
            if restores.stat().st_size > 4:
                raise ValueError
        def handler(event, context):
            random.random()
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["shared-random-state"]
    assert "Who drew was not seen" in rehearsal.finding["evidence"]
