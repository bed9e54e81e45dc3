"""Gives tests a folder for functions to rehearse, and a peer for their connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rehearsal.command import Functions
from tests.rehearsal.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    return Functions(tmp_path)


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()
