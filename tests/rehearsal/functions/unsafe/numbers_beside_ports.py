"""Made-up numbers as large as ports, of a function that has a port.

error shared-value app.PART
error shared-value app.KEY
error shared-value app.settings['fdx']
"""

import secrets
import socket

server = socket.create_server(("127.0.0.1", 0))
PART = 10000 + secrets.randbelow(20000)
KEY = f"{server.getsockname()[1]}-{secrets.token_hex(8)}"
settings = {"fdx": secrets.randbelow(1000000)}


def handler(event, context):
    return "ok"
