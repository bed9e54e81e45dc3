"""The peer that functions of the corpus connect to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rehearsal.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()
