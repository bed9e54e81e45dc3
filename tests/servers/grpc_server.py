"""A server of grpcio, in a process of its own: run as a program, it tells its port.

Not in that of the tests. gRPC registers at-fork handlers, which also run in each child that
such a process starts, and may end it before it becomes the program that was asked for.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class GrpcServer:
    """The running server, which answers each call with the client's end of the connection."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """End the server with all its connections."""
        self._process.communicate()
        assert self._process.returncode == 0


def _serve() -> None:
    import grpc

    class TellPeer(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, _: Any) -> Any:
            return grpc.unary_unary_rpc_method_handler(lambda _, context: context.peer().encode())

    server = grpc.server(ThreadPoolExecutor(4), handlers=[TellPeer()])
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(None).wait()


if __name__ == "__main__":
    _serve()
