"""Which functions of an application are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from snapshot_restore_py._application.function import Function, TemplateError
from snapshot_restore_py._application.selection import selected

if TYPE_CHECKING:
    from pathlib import Path

SNAP = [Function(one, "app.handler", "python3.13", has_snapstart=True) for one in "abcdefg"]
PLAIN = Function("Shop/Plain", "app.handler", "python3.12", aliases=("Plain", "shop-plain"))
OTHER = Function("Other/Plain", "app.handler", "python3.12", aliases=("Plain",))
NODE = Function("Node", "index.handler", "nodejs22.x", has_snapstart=True)
IMAGE = Function("Image", "", "", is_image=True)
UNCLEAR = Function("Unclear", "app.handler", "placeholder-parameter-Runtime")
ALL = [PLAIN, *SNAP, OTHER, NODE, IMAGE, UNCLEAR]


def names(*wanted: str, every: bool = False, shard: str | None = None) -> list[str]:
    return [one.name for one in selected(ALL, wanted, every=every, shard=shard).functions]


def test_python_functions_with_snapstart_are_chosen():
    assert names() == [*"abcdefg"]


def test_all_of_python_are_chosen_where_that_is_asked_for():
    assert names(every=True) == ["Shop/Plain", *"abcdefg", "Other/Plain"]


def test_named_ones_are_chosen_with_snapstart_or_without_in_the_template_s_order():
    assert names("b", "shop-plain", "b") == ["Shop/Plain", "b"]


def test_what_is_not_chosen_is_told():
    assert selected(ALL, (), every=False).notes == (
        "not rehearsed, because SnapStart takes no images: Image",
        "Unclear is not rehearsed: its runtime is placeholder-parameter-Runtime",
    )
    assert selected(ALL, ("a",), every=False).notes == ()


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_each_function_is_in_one_share(count):
    shares = [names(shard=f"{number}/{count}") for number in range(1, count + 1)]
    assert sorted(name for share in shares for name in share) == [*"abcdefg"]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert shares == [names(shard=f"{number}/{count}") for number in range(1, count + 1)]


def shares(count: int, times: dict[str, float]) -> list[list[str]]:
    numbers = range(1, count + 1)
    chosen = [
        selected(ALL, (), every=False, shard=f"{number}/{count}", times=times) for number in numbers
    ]
    return [[one.name for one in share.functions] for share in chosen]


def test_shares_are_made_to_take_equally_long():
    times = {"a": 60.0, "b": 10.0, "c": 20.0, "d": 5.0, "e": 5.0, "f": 15.0, "g": 5.0}
    assert shares(2, times) == [["a"], ["b", "c", "d", "e", "f", "g"]]


def test_a_function_whose_time_is_not_known_is_taken_for_an_average_one():
    assert shares(2, {"a": 40.0, "b": 20.0}) == [["a", "e", "g"], ["b", "c", "d", "f"]]


@given(
    st.integers(1, 9),
    st.dictionaries(st.sampled_from("abcdefgxyz"), st.floats(0, 1000)),
)
def test_whatever_the_times_are_each_function_is_in_one_share(count, times):
    found = shares(count, times)
    assert sorted(name for share in found for name in share) == [*"abcdefg"]
    # The greatest share takes no longer than the least one and one function more.
    if {*"abcdefg"} <= {name for name, seconds in times.items() if seconds >= 0.001}:
        taken = [sum(times[name] for name in share) for share in found]
        assert max(taken) <= min(taken) + max(times.values()) + 0.01


@pytest.mark.parametrize("shard", ["0/5", "6/5", "2", "2/", "a/b", "1/0"])
def test_a_share_that_is_none_is_told(shard):
    with pytest.raises(TemplateError, match=f"--shard {shard}: it is written as 2/5"):
        names(shard=shard)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nod", r"no function 'Nod' in the template. Is it Node\? Functions: Shop/Plain, a, "),
        ("zzzzz", r"no function 'zzzzz' in the template\. Functions: Shop/Plain"),
        ("Plain", "Plain may be any of Shop/Plain, Other/Plain: write the whole name"),
        ("Image", "Image cannot be rehearsed: it is a container image"),
        ("Node", "Node cannot be rehearsed: it is of the runtime 'nodejs22.x'"),
    ],
)
def test_a_wrong_name_is_told(name, expected):
    with pytest.raises(TemplateError, match=expected):
        names(name)


def adapted(folder: Path) -> list[Function]:
    (folder / "run.sh").write_text("exec python -m uvicorn app:app")
    return [
        Function(
            "Web",
            "start",
            "python3.13",
            variables={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"},
            has_snapstart=True,
        ),
        Function("Shop", "run.sh", "python3.13", code=folder, has_snapstart=True),
    ]


def test_what_the_web_adapter_starts_is_told_and_left_out(tmp_path):
    found = selected([*SNAP, *adapted(tmp_path)], (), every=False)
    assert [one.name for one in found.functions] == [*"abcdefg"]
    assert found.notes == (
        "not rehearsed, because AWS's Lambda Web Adapter starts a program there, and imports no "
        "handler: Web (start), Shop (run.sh)",
    )
    with pytest.raises(TemplateError, match=r"Shop \(run.sh\) cannot be rehearsed: AWS's Lambda W"):
        selected(adapted(tmp_path), ("Shop",), every=False)
    with pytest.raises(TemplateError, match=r"Web \(start\), Shop \(run.sh\) cannot be rehearsed"):
        selected(adapted(tmp_path), (), every=True)


def test_where_none_is_left_the_way_out_is_told():
    with pytest.raises(TemplateError, match="none of 2 Python functions has SnapStart on; --all"):
        selected([PLAIN, OTHER, NODE], (), every=False)
    with pytest.raises(TemplateError, match="there is no Python function in the template"):
        selected([NODE, IMAGE], (), every=True)
    with pytest.raises(TemplateError, match="Functions: there are none"):
        selected([], ("a",), every=True)
