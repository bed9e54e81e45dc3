"""Read by mypy and pyright only: what they know of the fixture `snapshot`."""

from __future__ import annotations

from typing_extensions import assert_type

from snapshot_restore_py import Plugin
from snapshot_restore_py.testing import RestoreError, Snapshot


def order_id() -> str:
    return "1"


def needs_an_argument(name: str) -> str:
    return name


def test_types(snapshot: Snapshot) -> None:
    assert_type(snapshot.restores(5, order_id), "list[str]")
    assert_type(snapshot.restores(5, lambda: 1, timeout=0.5), "list[int]")
    snapshot.restores(5, needs_an_argument)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    snapshot.restores("5", order_id)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    snapshot.restores(5, order_id, 30)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert_type(snapshot.plugin("mylib.snapshot"), Plugin)
    snapshot.before()
    snapshot.after()
    snapshot.cycle()


with Snapshot() as own:
    assert_type(own, Snapshot)
assert_type(RestoreError("", 1).restore, int)
