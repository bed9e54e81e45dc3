"""A descriptor that no object of Python stands for, as a library in C may have it.

Beside it are sockets that have nothing to lose: of the system's kernel, and of a metrics agent.

error open-connection an object that Python does not see
"""

import os
import socket

descriptor = socket.create_connection(("127.0.0.1", int(os.environ["PEER_PORT"]))).detach()
if hasattr(socket, "AF_NETLINK"):
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
metrics = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
metrics.connect(("127.0.0.1", int(os.environ["PEER_UDP_PORT"])))


def handler(event, context):
    return os.fstat(descriptor).st_size
