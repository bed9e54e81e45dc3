"""A descriptor that no object of Python stands for, as a library in C may have it.

error open-connection an object that Python does not see
"""

import os
import socket

descriptor = socket.create_connection(("127.0.0.1", int(os.environ["PEER_PORT"]))).detach()


def handler(event, context):
    return os.fstat(descriptor).st_size
