"""A server at a fixed port, which two inits cannot have at the same time."""

import os
import socket

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["FREE_PORT"])))
server.listen()


def handler(event, context):
    return server.getsockname()
