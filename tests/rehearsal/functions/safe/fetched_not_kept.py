"""Servers that are asked at the import, without anything that is kept of their answers."""

import http.client
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import urlopen

PORT = int(os.environ["PEER_PORT"])
WARMED = []
URL = f"http://127.0.0.1:{PORT}/"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Token:
    def __init__(self, text):
        self.text = text

    def refresh(self):
        self.text = urlopen(URL).read()


class Session:
    def __init__(self):
        self.token = Token(urlopen(URL).read())


def warm_up():
    urlopen(URL).close()
    WARMED.append(True)


class Repository:
    table = "orders"

    def __init__(self, connection):
        self.connection = connection


def is_healthy():
    return urlopen(URL).status == 200


def settings():
    urlopen(URL).close()
    return {"table": "orders"}


def connected():
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    connection.connect()
    connection.close()
    return connection


def export():
    if urlopen(URL).status != 200:
        print("not exported")


def own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("127.0.0.1", 9))
        with socket.create_connection(("127.0.0.1", PORT)) as connected:
            return [probe.getsockname()[0], connected.getsockname()[0]]


# A health check, whose answer nothing uses later.
with urlopen(URL) as answer:
    status = answer.status
    assert status == 200
IS_HEALTHY = is_healthy()
STATUS = urlopen(URL).status
SETTINGS = settings()
connection = connected()
repository = Repository(connected())
ADDRESS = own_address()
exporter = threading.Thread(target=export)
exporter.start()
exporter.join()
# It renews itself, also where it is a part of something.
token = Token(urlopen(URL).read())
session = Session()
# The main thread has something else to do meanwhile.
warming = threading.Thread(target=warm_up)
warming.start()
while not WARMED:
    pass
warming.join()
socket.getaddrinfo(b"127.0.0.1", PORT)
with socket.socket(socket.AF_UNIX) as unix:
    unix.connect(os.environ["PEER_PATH"])
    NAMED = unix.fileno() < 0
child = os.fork()
if not child:
    CHILDS = urlopen(URL).read()
    os._exit(0)
os.waitpid(child, 0)
del child
# What this process itself answers.
server = HTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.handle_request).start()
OWN = urlopen(f"http://127.0.0.1:{server.server_port}/").read()
everywhere = HTTPServer(("", 0), Answers)
threading.Thread(target=everywhere.handle_request).start()
ANYWHERE = urlopen(f"http://127.0.0.1:{everywhere.server_port}/").read()


def handler(event, context):
    connection.request("GET", "/")
    text = connection.getresponse().read()
    connection.close()
    token.refresh()
    session.token.refresh()
    kept = [IS_HEALTHY, STATUS, NAMED, SETTINGS, repository.table, ADDRESS, len(OWN + ANYWHERE)]
    return [len(text), *kept]
