"""An installed plugin renews the id in a library's and in the function's object."""

import acme_client

client = acme_client.Client()
ids = {"client": client.id}
acme_client.listeners.append(lambda: ids.update(client=client.id))


def handler(event, context):
    return client.id
