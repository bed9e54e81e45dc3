"""Sockets that listen, pairs of them, and connections whose both ends are here."""

import os
import socket
import tempfile

listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
accepted, _ = listener.accept()
left, right = socket.socketpair()
if hasattr(socket, "AF_NETLINK"):
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
unbound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
path = os.path.join(tempfile.mkdtemp(), "socket")
local_listener = socket.socket(socket.AF_UNIX)
local_listener.bind(path)
local_listener.listen()
local_client = socket.socket(socket.AF_UNIX)
local_client.connect(path)
local_accepted, _ = local_listener.accept()


def handler(event, context):
    client.sendall(b"hello")
    return accepted.recv(5).decode()
