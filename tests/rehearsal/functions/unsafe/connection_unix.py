"""A Unix socket to a daemon.

error open-connection socket.socket in app.daemon
"""

import os
import socket

daemon = socket.socket(socket.AF_UNIX)
daemon.connect(os.environ["PEER_PATH"])


def handler(event, context):
    return daemon.fileno() > 0
