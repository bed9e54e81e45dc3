"""Results that come from the snapshot, and how little else is told beside them."""

from __future__ import annotations

DRAW = """
    import ctypes, os
    libc = ctypes.CDLL(None)
    libc.srandom(int.from_bytes(os.urandom(4), "big"))
    def draw(): return 100_000 + libc.random()
"""


def test_it_says_what_the_restores_of_both_inits_had(functions):
    rehearsal = functions.rehearse(
        DRAW + "    def handler(event, context): return {'order': {'id': draw()}}"
    )
    assert (rehearsal.status, rehearsal.codes) == (1, ["shared-result"])
    number = rehearsal.results[0]["order"]["id"]
    assert rehearsal.finding["location"] == "result['order']['id']"
    lines = rehearsal.finding["evidence"].splitlines()
    assert lines[0] == f"all 3 restores: {number}"
    assert lines[1].startswith("of another init: ")
    assert lines[2].endswith("not found in memory as it is")
    assert "pip install ./plugins/snapshot-restore-random" in rehearsal.finding["fix"]


def test_it_names_where_a_library_keeps_the_value(functions):
    source = """
        import string, uuid
        string.client = {"agent": uuid.uuid4().hex}
        def handler(event, context): return "by " + string.client["agent"]
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["shared-result"]
    assert rehearsal.finding["location"] == "string.client['agent']"
    assert "after the restore what string.client['agent'] holds" in rehearsal.finding["fix"]


def test_a_time_of_the_init_that_only_a_library_keeps_is_told_where_the_result_shows_it(functions):
    source = """
        import datetime, string
        string.started = datetime.datetime.now()
        def handler(event, context): return {"since": f"{string.started:%H:%M:%S.%f}"}
    """
    rehearsal = functions.rehearse(source)
    assert (rehearsal.status, rehearsal.codes) == (0, ["captured-time"])
    assert rehearsal.finding["location"] == "result['since']"


def test_one_value_in_several_parts_is_one_finding(functions):
    rehearsal = functions.rehearse(
        DRAW + "    def handler(event, context): n = draw(); print(n); return [n, {'n': n}, n]"
    )
    assert rehearsal.codes == ["shared-result"]


def test_what_another_finding_may_explain_is_told_as_not_examined(functions):
    source = """
        import hashlib, random, uuid
        def handler(event, context):
            return hashlib.sha256(str(random.random()).encode()).hexdigest()
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["shared-random-state"]
    assert rehearsal.report["not_examined"] == [
        "whether result and the like come from more than the other findings name, which may "
        "explain them: mend those first"
    ]


def test_a_value_that_is_made_up_and_stands_in_the_result_is_one_finding(functions):
    source = """
        import base64, uuid
        KEY, NAME = uuid.uuid4().bytes, uuid.uuid4()
        def handler(event, context):
            return [KEY.hex(), base64.b64encode(KEY).decode(), f"by {NAME.hex}", str(NAME)]
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["shared-value"] * 2
    assert rehearsal.report["not_examined"] == []


def test_what_is_one_of_a_few_by_chance_is_not_shared(functions, tmp_path):
    # The first restores draw alike, the further ones do not.
    source = f"""
        import pathlib
        folder = pathlib.Path({str(tmp_path)!r})
        def handler(event, context):
            count = len(list(folder.glob("invocation*")))
            (folder / f"invocation{{count}}").touch()
            return {{1: "rejected", 7: "rejected"}}.get(count, "approved")
    """
    rehearsal = functions.rehearse(source, "--no-second-call")
    assert rehearsal.codes == []
    assert len(list(tmp_path.glob("invocation*"))) == 10


def test_a_handler_that_fails_beside_is_told_as_not_compared(functions, tmp_path):
    source = f"""
        import os, pathlib, sys
        seen = pathlib.Path({str(tmp_path / "seen")!r})
        sys.is_second = seen.exists()
        seen.touch()
        def handler(event, context):
            if sys.is_second: os._exit(3)
            return 1
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == []
    assert rehearsal.report["not_examined"] == [
        "what the handler's results share: no restore of another init came to its end"
    ]


def test_a_hook_that_fails_beside_ends_the_comparison(functions, tmp_path):
    source = f"""
        import ctypes, os, pathlib, snapshot_restore_py
        counted = pathlib.Path({str(tmp_path)!r})
        @snapshot_restore_py.register_after_restore
        def fail_at_last():
            count = len(list(counted.glob("*.restore")))
            (counted / f"{{count}}.restore").touch()
            if count == 4: raise OSError
        libc = ctypes.CDLL(None)
        libc.srandom(int.from_bytes(os.urandom(4), "big"))
        def handler(event, context): return 100_000 + libc.random()
    """
    rehearsal = functions.rehearse(source)
    assert rehearsal.codes == ["shared-result"]
    assert len(list(tmp_path.glob("*.restore"))) == 8


def test_a_handler_that_ends_the_snapshot_of_the_second_init_is_told_as_not_compared(
    functions, tmp_path
):
    source = f"""
        import ctypes, os, pathlib, sys, time
        seen = pathlib.Path({str(tmp_path / "seen")!r})
        sys.is_second = seen.exists()
        seen.touch()
        def handler(event, context):
            if sys.is_second:
                ctypes.CDLL(None).kill(os.getppid(), 9)
                time.sleep(1000)
            return 1
    """
    rehearsal = functions.rehearse(source, "--timeout", "10")
    assert rehearsal.codes == []
    assert len(rehearsal.report["not_examined"]) == 1


def test_parts_of_texts_that_only_look_like_json_are_words(functions):
    rehearsal = functions.rehearse(
        DRAW + "    def handler(event, context): return '[' + f'{context.aws_request_id} {draw()}'"
    )
    assert rehearsal.codes == ["shared-result"]
    assert rehearsal.finding["location"] == "result, word 2"


def test_a_result_with_too_many_parts_is_told(functions):
    rehearsal = functions.rehearse("def handler(event, context): return list(range(20_000))")
    assert rehearsal.codes == []
    assert rehearsal.report["not_examined"] == [
        "parts of results after the first 10,000, because there is too much"
    ]
