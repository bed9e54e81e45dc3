import uuid

_clients = []
listeners = []


class Client:
    def __init__(self):
        self.id = uuid.uuid4().hex
        _clients.append(self)


def after_restore():
    for client in _clients:
        client.id = uuid.uuid4().hex
    for listener in listeners:
        listener()
