"""Gives tests a folder for functions to rehearse, and a peer for their connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rehearsal.command import Functions
from tests.rehearsal.peer import Peer
from tests.rehearsal.ready_command import READY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def _ready_command() -> Iterator[None]:
    yield
    READY.stop()


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    return Functions(tmp_path)


@pytest.fixture
def repetitions(request: pytest.FixtureRequest) -> range:
    """How often to rehearse a function of the corpus."""
    return range(request.config.getoption("--rehearsals"))


@pytest.fixture(scope="session")
def aws_variables() -> Iterator[dict[str, str]]:
    """A server of AWS, as the variables by which AWS's SDKs and tools find it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "example",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_SESSION_TOKEN": "example",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    server.stop()


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()
