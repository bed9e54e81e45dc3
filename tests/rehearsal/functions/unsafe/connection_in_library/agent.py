import socket

_channel = None


class Channel:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))


def configure(port):
    global _channel
    _channel = Channel(port)
