"""Times in texts, in all forms that are in use, and what only looks like one."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

from snapshot_restore_py._rehearsal.inside.times import times

NOW = datetime.now(timezone.utc).replace(microsecond=0)
MINUTE, HOUR = NOW.replace(second=0), NOW.replace(minute=0, second=0)
DAY = NOW.replace(hour=0, minute=0, second=0)


@pytest.mark.parametrize(
    ("form", "point", "rest"),
    [
        ("%Y-%m-%dT%H:%M:%SZ", NOW, "|"),
        ("%Y-%m-%d %H:%M:%S,123 INFO", NOW, "| INFO"),
        ("%Y%m%dT%H%M%SZ", NOW, "|"),
        ("run_%Y%m%d%H%M%S.csv", NOW, "run_|.csv"),
        ("run-%Y%m%d-%H%M", MINUTE, "run-|"),
        ("%Y-%m-%d_%H.%M", MINUTE, "|"),
        ("logs/%Y/%m/%d/", DAY, "logs/|/"),
        ("logs/%Y/%m/%d/%H/", HOUR, "logs/|/"),
        ("dt=%Y-%m-%d/hour=%H", HOUR, "dt=|"),
        ("year=%Y/month=%m/day=%d", DAY, "year=|"),
        ("orders_%Y_%m_%d", DAY, "orders_|"),
        ("%a, %d %b %Y %H:%M:%S GMT", NOW, "|"),
        ("%A, %d-%b-%y %H:%M:%S GMT", NOW, "|"),
        ("[%d/%b/%Y:%H:%M:%S +0000]", NOW, "[|]"),
        ("%a %b %d %H:%M:%S %Y", NOW, "|"),
        ("%b %d %H:%M:%S host", NOW, "| host"),
        ("%B %d, %Y at %H:%M", MINUTE, "|"),
        ("%d.%m.%Y %H:%M", MINUTE, "|"),
        ("%y%m%d-%H%M", MINUTE, "|"),
        ("up since %H:%M:%S", NOW, "up since |"),
        ("from %Y-%m-%d to %Y-%m-%d", DAY, "from | to |"),
    ],
)
def test_a_time_in_a_text_is_recognized(form, point, rest):
    found = times(NOW.strftime(form))
    assert (found.seconds, found.rest) == (point.timestamp(), rest.replace("|", "\0"))


@pytest.mark.parametrize("scale", [1, 1_000, 1_000_000, 1_000_000_000])
def test_seconds_since_1970_in_a_text_are_recognized_in_every_unit(scale):
    found = times(f"id-{int(NOW.timestamp()) * scale}-x")
    assert (found.seconds, found.rest) == (NOW.timestamp(), "id-\0-x")


def test_a_zone_counts():
    point = NOW.astimezone(timezone(timedelta(hours=-3, minutes=-30)))
    assert times(point.isoformat()).seconds == NOW.timestamp()


@pytest.mark.parametrize("form", ["%m/%d/%Y", "%d/%m/%Y"])
def test_the_day_may_stand_before_the_month_or_after_it(form):
    assert times(datetime(NOW.year, 1, 31).strftime(form)).rest == "\0"


@pytest.mark.parametrize(
    "text",
    [
        "no digits at all",
        "2.32.1",
        "192.168.10.20:5432",
        "12:34:56:78:9a:bc",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "2001-02-03",
        f"{NOW.year}-02-31",
        f"31 Feb {NOW.year} is no day",
        f"{NOW.year}1399",
        str(int(time.time()) - 7 * 86400),
        f"{NOW:%Y-%m-%d} {'x' * 500}",
    ],
)
def test_what_is_no_time_or_far_away_is_not(text):
    assert times(text) is None


def test_a_constant_that_names_today_is_no_finding(functions):
    source = f"""
        VERSION, MINUTE = "{NOW:%Y-%m-%d}", "{NOW:%Y-%m-%d %H:%M}"
        def handler(event, context): return VERSION
    """
    assert functions.rehearse(source).codes == []
