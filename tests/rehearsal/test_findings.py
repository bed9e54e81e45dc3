"""What is told of numbers, which functions of the corpus show only at one size each."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, strategies as st

from snapshot_restore_py._rehearsal.advice.source import Source
from snapshot_restore_py._rehearsal.evidence.made_up import made_up
from snapshot_restore_py._rehearsal.evidence.records import (
    Evidence,
    HookRun,
    Init,
    Overrun,
    Phase,
    PluginRow,
    Restore,
    Restored,
    Snapshot,
    Value,
)
from snapshot_restore_py._rehearsal.findings import codes as all_codes, find
from tests.conftest import ROOT

START = 1_800_000_000.25
MONOTONIC = 50_000.125
SCALES = st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000])
SOURCE = Source("/nowhere")


def snapshot(start: float, seconds: float, **values: float | str) -> Snapshot:
    """A process whose init began `start` seconds after START, with numbers as values."""
    found = {
        f"app.{name}": Value("number", repr(value), repr(value), repr(value), value, "")
        for name, value in values.items()
    }
    clocks = [
        {"time": START + since, "monotonic": MONOTONIC + since, "perf_counter": MONOTONIC + since}
        for since in (start, start + seconds)
    ]
    return Snapshot(seconds, clocks, found, {})


def codes(one: float, two: float, *, name: str = "number") -> list[str]:
    """What is told of a number that is `one` after the first init, and `two` after the second.

    The first init takes half a second, the second one begins a second later and takes as long.
    """
    first, second = snapshot(0, 0.5, **{name: one}), snapshot(1, 0.5, **{name: two})
    restore = Restore(None, restored=Restored(first.values, {}, {}))
    seen = evidence(
        first=Init(snapshot=first),
        second=Init(snapshot=second),
        made_up=tuple(made_up(first, second)),
        restores=(restore,) * 3,
    )
    return [finding.code for finding in find(seen, SOURCE)]


def evidence(**fields: object) -> Evidence:
    return Evidence(handler="app.handler", folder="/nowhere", limit=30, asked=3, **fields)


@given(st.floats(0, 0.5), st.floats(1, 1.5), SCALES, st.booleans())
def test_a_reading_of_the_wall_clock_is_a_captured_time_in_every_unit(one, two, scale, is_whole):
    readings = [(START + since) * scale for since in (one, two)]
    if is_whole:
        readings = [int(reading) for reading in readings]
    assert codes(*readings) == ["captured-time"]


@given(st.floats(0, 0.5), st.floats(1, 1.5), SCALES)
def test_a_reading_of_the_monotonic_clock_is_a_captured_time(one, two, scale):
    assert codes((MONOTONIC + one) * scale, (MONOTONIC + two) * scale) == ["captured-time"]


@given(st.floats(0, 0.5), st.integers(0, 7 * 10**6), SCALES)
def test_a_deadline_by_the_monotonic_clock_is_a_captured_time(since, seconds, scale):
    # The clock shows nanoseconds.
    one, two = (round((MONOTONIC + since + second) * 1e9) for second in (seconds, seconds + 1))
    if scale == 1:
        assert codes(one / 1e9, two / 1e9) == ["captured-time"]
    else:
        assert codes(one * scale // 10**9, two * scale // 10**9) == ["captured-time"]


@given(st.sampled_from([0, 60, 300, 900, 3600, 43200]), st.sampled_from([1, -1]))
def test_a_whole_deadline_by_the_monotonic_clock_is_a_captured_time(lifetime, sign):
    deadline = int(MONOTONIC) + sign * lifetime
    assert codes(deadline, deadline + 1) == ["captured-time"]
    # Both inits are often in the same second.
    names = {"token_expires_at": deadline, "limit": deadline, "valid": 7, "ends": 7.5}
    first, second = snapshot(0, 0.9, **names), snapshot(0.1, 0.9, **names)
    assert made_up(first, second) == ["app.token_expires_at"]


@given(st.floats(0, 0.5), st.floats(1, 1.5), st.floats(-1e7, 0), SCALES)
def test_a_past_time_that_is_reckoned_from_the_clock_is_a_captured_time(one, two, distance, scale):
    moments = [(START + since + distance) * scale for since in (one, two)]
    assert codes(*moments) == ["captured-time"]


@given(st.floats(0, 0.5), st.floats(1, 1.5), st.floats(5, 1e7), SCALES)
def test_a_time_in_the_future_ends_by_itself(one, two, distance, scale):
    moments = [(START + since + distance) * scale for since in (one, two)]
    assert codes(*moments) == []


@given(st.integers(0, 1), st.sampled_from([60, 300, 900, 3600, 86400]))
def test_a_whole_second_at_which_something_expires_is_a_captured_time(since, lifetime):
    # Both inits are often in the same second.
    expiry = int(START) + since + lifetime
    first, second = snapshot(0, 0.9, expiry=expiry), snapshot(0.1, 0.9, expiry=expiry)
    assert made_up(first, second) == ["app.expiry"]


@given(st.floats(0, 0.4), st.floats(0, 0.1))
def test_what_two_readings_of_a_clock_differ_by_is_no_finding(begin, length):
    readings = [MONOTONIC + since for since in (begin, begin + length)]
    others = [MONOTONIC + 1 + since for since in (begin / 2, begin / 2 + length / 3)]
    one, two = readings[1] - readings[0], others[1] - others[0]
    assert codes(one, two) == []
    assert codes(one * 1000, two * 1000) == []


@given(st.integers(1, 500), st.integers(1, 500))
def test_a_whole_number_is_a_duration_if_its_name_says_so(one, two):
    assert codes(one, two, name="init_ms") == []
    # Eighths of a second are what two readings of a clock may differ by exactly.
    silent = one == two or one % 125 == two % 125 == 0
    assert codes(one, two) == ([] if silent else ["shared-value"])


@given(st.floats(0.001, 0.5), st.floats(0.001, 0.5))
def test_a_fraction_with_more_digits_than_the_clock_has_is_made_up(one, two):
    # As random.random() gives them: multiples of 2 ** -53, seldom of what a clock shows.
    one, two = (int(number * 2**53) | 1 for number in (one, two))
    assert codes(one / 2**53, two / 2**53) == ([] if one == two else ["shared-value"])


@given(st.integers(0, 2**64), st.integers(0, 2**64))
def test_large_random_numbers_are_made_up(one, two):
    # The chance that they are near to the clock or as far apart as the inits is tiny.
    clocks = [clock * scale for clock in (START, MONOTONIC) for scale in (1, 1e3, 1e6, 1e9)]
    near = abs(one - two) < 4e9 or any(abs(one - clock) < clock / 100 for clock in clocks)
    assert near or codes(one, two) == ["shared-value"]


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_fraction_near_the_monotonic_clock_is_made_up(one, two):
    near = -3 < one - two < 0
    assert near or codes(one + MONOTONIC, two + MONOTONIC) == (
        [] if one + MONOTONIC == two + MONOTONIC else ["shared-value"]
    )


@pytest.mark.parametrize("value", [0, 1, 443, 3600, 86400, 2**31, 1_700_000_000, 0.5, math.pi])
def test_a_constant_is_no_finding(value):
    assert codes(value, value) == []


@pytest.mark.parametrize(
    ("seconds", "levels"),
    [
        ([0.1, 4.9, 0.1], []),
        ([0.1, 5.0, 0.1], ["warning"]),
        ([0.1, 10.0, 0.1], ["warning"]),
        ([0.1, 10.1, 12.0], ["error"]),
        ([], []),
    ],
)
def test_hooks_after_a_restore_may_take_ten_seconds(seconds, levels):
    phases = [
        Phase(
            one,
            (
                HookRun("app.quick", None, "app.py:1", 0.01, None),
                HookRun("app.slow", None, "app.py:7", one - 0.01, None),
            ),
        )
        for one in seconds
    ]
    found = find(evidence(restores=tuple(map(Restore, phases))), SOURCE)
    assert [finding.level for finding in found] == levels
    for finding in found:
        assert (finding.code, finding.location) == ("slow-restore", "app.py:7")
        assert f"took {max(seconds):.1f} s; Lambda allows 10 s" in finding.message
        assert finding.evidence.splitlines()[0].endswith("s  app.slow")


def test_each_kind_of_finding_is_explained_and_has_a_function_in_the_corpus():
    functions = ROOT / "tests" / "rehearsal" / "functions"
    corpus = "".join(path.read_text() for path in functions.rglob("*.py"))
    untried = {"slow-restore", "timeout"}  # They take seconds, and stand in test_hostile.py.
    untried |= {"expected-failure", "no-expected-failure"}  # They need an option: test_failures.py.
    for code in all_codes():
        assert code.meaning[0].islower()
        assert code.explanation.endswith(".")
        words = re.compile(rf"^{code.level} {code.name}( |$)", re.MULTILINE)
        assert code.name in untried or words.search(corpus)


@pytest.mark.parametrize(("file", "waits"), [("socket.py", True), ("app.py", False)])
def test_what_is_killed_while_it_waits_for_a_server_is_told_so(file, waits):
    stack = f'Thread 0x1 (most recent call first):\n  File "/lib/{file}", line 1 in connect\n'
    seen = evidence(overruns=(Overrun("restore 1, handler", None, in_copy=True, stack=stack),))
    (finding,) = find(seen, SOURCE)
    assert finding.fix.text.startswith("It waits for a server: ") == waits


def test_errors_are_told_before_warnings_and_what_is_alike_once():
    slow = Phase(6.0, (HookRun("app.slow", None, "app.py:7", 6.0, None),))
    row = PluginRow("flags", "acme-flags", "1.0", "failed", "ImportError")
    seen = evidence(first=Init(plugins=(row, row)), restores=(Restore(slow), Restore(slow)))
    assert [(one.level, one.code) for one in find(seen, SOURCE)] == [
        ("error", "plugin-failed"),
        ("warning", "slow-restore"),
    ]
