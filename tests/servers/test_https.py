"""The server tells the truth: other tests rely on what it says of their clients."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from tests.servers.https import HttpsServer, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpsServer]:
    with HttpsServer(tmp_path) as server:
        yield server


@pytest.fixture
def trust(server: HttpsServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.authority))


def connect(
    server: HttpsServer, trust: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", server.port))
    return trust.wrap_socket(plain, server_hostname="localhost", session=session)


def get(connection: ssl.SSLSocket, path: str) -> bytes:
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    received = b""
    while not received.endswith(path.encode()):
        received += connection.recv(65536)
    return received


def test_it_knows_its_connections_apart_and_sees_them_close(server, trust):
    with connect(server, trust) as first, connect(server, trust) as second:
        get(first, "/a")
        get(second, "/b")
        get(first, "/c")
        server.wait_until_open(1, 2)
    server.wait_until_open()
    # Which of the two is accepted first is not known: a client's handshake ends before a server's.
    numbers = {request.path: request.connection for request in server.requests}
    one, other = (1, 2) if numbers["/a"] == 1 else (2, 1)
    assert sorted(server.requests, key=lambda request: request.path) == [
        Request(one, "/a", is_resumed=False),
        Request(other, "/b", is_resumed=False),
        Request(one, "/c", is_resumed=False),
    ]


def test_it_sees_a_resumed_session(server, trust):
    with connect(server, trust) as first:
        get(first, "/first")
        with connect(server, trust, first.session) as second:
            get(second, "/second")
    assert [request.is_resumed for request in server.requests] == [False, True]


def test_when_it_is_killed_its_clients_see_the_end_and_it_can_start_again(server, trust):
    with connect(server, trust) as before:
        get(before, "/before")
        port = server.port
        server.kill()
        assert before.recv(1) == b""
    server.start()
    assert server.port == port
    with connect(server, trust) as after:
        get(after, "/after")
    assert server.used == {1, 2}
