"""The pytest plugin: the fixtures `snapshot`, `lambda_snapshot` and `microvm`.

A module outside the package, because pytest imports it in every run: an import of
`snapshot_restore_py` would load all plugins, also in projects that use no fixture of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py.testing import MicroVM, Snapshot


@pytest.fixture
def microvm() -> MicroVM:
    """Virtual machines, really snapshotted; where there can be none, the test is skipped."""
    from snapshot_restore_py.testing import MicroVM

    try:
        return MicroVM()
    except NotImplementedError as problem:
        pytest.skip(str(problem))


@pytest.fixture
def lambda_snapshot() -> Iterator[Snapshot]:
    """The snapshot of this process and restored copies of it, with all hooks.

    The registry is put back afterwards as the test found it.
    """
    from snapshot_restore_py.testing import Snapshot

    with Snapshot() as snapshot:
        yield snapshot


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Any:
    """The same as `lambda_snapshot`; but another plugin's `snapshot` goes before it."""
    # Which of two plugins' fixtures wins depends on the order of the file system. If it is
    # ours, this is the way to the other one, whose users had it first.
    try:
        return request.getfixturevalue("snapshot")
    except pytest.FixtureLookupError as error:
        if error.argname != "snapshot":
            raise
    return request.getfixturevalue("lambda_snapshot")
