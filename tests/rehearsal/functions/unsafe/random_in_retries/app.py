"""A client that waits some time before it tries again, and marks what it tries with an id.

error shared-random-state random
"""

import acme_client

client = acme_client.Client()


def handler(event, context):
    client.send("order")
