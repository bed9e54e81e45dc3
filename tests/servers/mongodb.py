"""A stand-in for MongoDB, which neither Debian nor PyPI has.

It speaks the wire protocol (OP_MSG, and OP_QUERY for the first greeting) with the encoding of
pymongo's `bson`, poses as a router of a sharded cluster, keeps documents in memory, and treats
sessions as MongoDB does: a write with a session id and a transaction number that it has seen
is a repetition. It gets the answer of the first, and is not executed.
"""

from __future__ import annotations

import itertools
import socket
import struct
import threading
import time
from typing import Any

import bson

_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013


class MongoDBServer:
    """The server, in threads of this process."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []
        self.ended_sessions: list[bytes] = []
        self._answers: dict[tuple[bytes, int], dict[str, Any]] = {}
        self._connections: dict[int, socket.socket] = {}
        self._numbers = itertools.count(1)
        self._condition = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def connections(self) -> set[int]:
        """The numbers of the connections that are open."""
        with self._condition:
            return set(self._connections)

    def wait_for_the_end_of(self, *connections: int) -> None:
        """Return when the server has noticed that its connections (or all of them) are closed."""
        deadline = time.monotonic() + 60
        with self._condition:
            while set(self._connections) & (set(connections) or set(self._connections)):
                assert self._condition.wait(deadline - time.monotonic()), self._connections

    def cut_connections(self) -> None:
        """Close all connections, as seen by clients that use them later."""
        with self._condition:
            for connection in self._connections.values():
                connection.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """End the server and its connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        self.cut_connections()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._condition:
                number = next(self._numbers)
                self._connections[number] = connection
            self._threads.append(threading.Thread(target=self._serve, args=(connection, number)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        stream = connection.makefile("rb")
        try:
            while header := stream.read(16):
                length, request, _, code = struct.unpack("<iiii", header)
                body = stream.read(length - 16)
                with self._condition:
                    said = self._answer(_command(code, body), number)
                connection.sendall(_message(code, request, {**said, "ok": 1.0}))
        except (OSError, struct.error):
            pass  # The client has closed it.
        with self._condition:
            del self._connections[number]
            stream.close()
            connection.close()
            self._condition.notify_all()

    def _answer(self, command: dict[str, Any], connection: int) -> dict[str, Any]:
        name = next(iter(command))
        if name.lower() in ("hello", "ismaster"):
            return {
                "isWritablePrimary": True,
                "ismaster": True,
                "helloOk": True,
                "msg": "isdbgrid",
                "minWireVersion": 0,
                "maxWireVersion": 21,
                "maxBsonObjectSize": 16 * 1024 * 1024,
                "maxMessageSizeBytes": 48_000_000,
                "maxWriteBatchSize": 100_000,
                "logicalSessionTimeoutMinutes": 30,
                "connectionId": connection,
            }
        if name == "endSessions":
            self.ended_sessions += [bytes(one["id"]) for one in command[name]]
        if name == "find":
            found = {"id": 0, "ns": f"test.{command[name]}", "firstBatch": self.documents}
            return {"cursor": found}
        if name != "insert":
            return {}
        key = (bytes(command["lsid"]["id"]), command.get("txnNumber"))
        if None in key or key not in self._answers:
            self.documents += command["documents"]
            self._answers[key] = {"n": len(command["documents"])}
        return self._answers[key]


def _command(code: int, body: bytes) -> dict[str, Any]:
    if code == _OP_QUERY:
        return bson.decode(body[body.index(b"\0", 4) + 1 + 8 :])
    assert code == _OP_MSG, code
    at, command = 4, {}
    while at < len(body):
        kind, at = body[at], at + 1
        if kind == 0:
            (size,) = struct.unpack_from("<i", body, at)
            command.update(bson.decode(body[at : at + size]))
            at += size
        else:  # a sequence of documents, under a name
            (size,) = struct.unpack_from("<i", body, at)
            name, _, documents = body[at + 4 : at + size].partition(b"\0")
            command[name.decode()] = bson.decode_all(documents)
            at += size
    return command


def _message(code: int, request: int, answer: dict[str, Any]) -> bytes:
    document = bson.encode(answer)
    if code == _OP_QUERY:
        body, code = struct.pack("<iqii", 8, 0, 0, 1) + document, _OP_REPLY
    else:
        body = struct.pack("<iB", 0, 0) + document
    return struct.pack("<iiii", 16 + len(body), 0, request, code) + body
