"""A socket that is connected at the import.

error open-connection socket.socket in app.link
"""

import os
import socket

link = socket.create_connection(("127.0.0.1", int(os.environ["PEER_PORT"])))


def handler(event, context):
    return link.fileno() > 0
