"""Two clients of the standard library, in a dict, that keep their connections.

error open-connection http.client.HTTPConnection in app.clients
"""

import http.client
import os

clients = {}
for name in ("users", "orders"):
    clients[name] = http.client.HTTPConnection("127.0.0.1", int(os.environ["PEER_PORT"]))
    clients[name].request("GET", "/")
    clients[name].getresponse().read()


def handler(event, context):
    return len(clients)
