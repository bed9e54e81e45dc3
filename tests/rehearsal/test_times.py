"""Times in texts, in all forms that are in use, and what only looks like one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from snapshot_restore_py._rehearsal.inside.times import times

SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86400


def now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


@pytest.mark.parametrize(
    ("form", "unit", "rest"),
    [
        ("%Y-%m-%dT%H:%M:%SZ", SECOND, "|"),
        ("%Y-%m-%d %H:%M:%S,123 INFO", SECOND, "| INFO"),
        ("%Y%m%dT%H%M%SZ", SECOND, "|"),
        ("run_%Y%m%d%H%M%S.csv", SECOND, "run_|.csv"),
        ("run-%Y%m%d-%H%M", MINUTE, "run-|"),
        ("%Y-%m-%d_%H.%M", MINUTE, "|"),
        ("logs/%Y/%m/%d/", DAY, "logs/|/"),
        ("logs/%Y/%m/%d/%H/", HOUR, "logs/|/"),
        ("dt=%Y-%m-%d/hour=%H", HOUR, "dt=|"),
        ("year=%Y/month=%m/day=%d", DAY, "year=|"),
        ("orders_%Y_%m_%d", DAY, "orders_|"),
        ("%a, %d %b %Y %H:%M:%S GMT", SECOND, "|"),
        ("%A, %d-%b-%y %H:%M:%S GMT", SECOND, "|"),
        ("[%d/%b/%Y:%H:%M:%S +0000]", SECOND, "[|]"),
        ("%a %b %d %H:%M:%S %Y", SECOND, "|"),
        ("%b %d %H:%M:%S host", SECOND, "| host"),
        ("%B %d, %Y at %H:%M", MINUTE, "|"),
        ("%d.%m.%Y %H:%M", MINUTE, "|"),
        ("%y%m%d-%H%M", MINUTE, "|"),
        ("up since %H:%M:%S", SECOND, "up since |"),
        ("from %Y-%m-%d to %Y-%m-%d", DAY, "from | to |"),
    ],
)
def test_a_time_in_a_text_is_recognized(form, unit, rest):
    point = now()
    found = times(point.strftime(form))
    assert found.seconds == point.timestamp() // unit * unit
    assert found.rest == rest.replace("|", "\0")


@pytest.mark.parametrize("scale", [1, 1_000, 1_000_000, 1_000_000_000])
def test_seconds_since_1970_in_a_text_are_recognized_in_every_unit(scale):
    seconds = int(now().timestamp())
    assert times(f"id-{seconds * scale}-x") == (seconds, "id-\0-x")


def test_a_zone_counts():
    point = now().astimezone(timezone(timedelta(hours=-3, minutes=-30)))
    assert times(point.isoformat()).seconds == point.timestamp()


@pytest.mark.parametrize("form", ["%m/%d/%Y", "%d/%m/%Y"])
def test_the_day_may_stand_before_the_month_or_after_it(form):
    assert times(datetime(now().year, 1, 31).strftime(form)).rest == "\0"


@pytest.mark.parametrize(
    "form",
    [
        "no digits at all",
        "2.32.1",
        "192.168.10.20:5432",
        "12:34:56:78:9a:bc",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "2001-02-03",
        "%Y-02-31",
        "31 Feb %Y is no day",
        "%Y1399",
        "%Y-%m-%d and more" + 500 * " ",
    ],
)
def test_what_is_no_time_or_far_away_is_not(form):
    assert times(now().strftime(form)) is None


def test_seconds_of_another_day_are_any_number():
    assert times(str(int(now().timestamp()) - 7 * 86400)) is None


def test_a_constant_that_names_today_is_no_finding(functions):
    source = f"""
        VERSION, MINUTE = "{now():%Y-%m-%d}", "{now():%Y-%m-%d %H:%M}"
        def handler(event, context): return VERSION
    """
    assert functions.rehearse(source).codes == []
