"""Connections to Redis servers."""

import socket

from snapshot_restore_py import register_after_restore, register_before_snapshot


class RedisConnection:
    """A connection to a Redis server, closed while a snapshot is taken.

    Args:
        address: The server, as in `host:port`.
    """

    def __init__(self, address):
        self._address = address
        self.open()
        register_before_snapshot(self.close)
        register_after_restore(self.open)

    def open(self):
        host, _, port = self._address.partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=2)
        self._replies = self._socket.makefile("rb")

    def close(self):
        self._replies.close()
        self._socket.close()

    def get(self, key):
        """Return the value of `key`, None if there is none."""
        self._socket.sendall(f"GET {key}\r\n".encode())
        # A bulk string: "$5\r\nhello\r\n"; or "$-1\r\n" for no value.
        size = int(self._replies.readline()[1:])
        return None if size < 0 else self._replies.read(size + 2)[:-2].decode()
