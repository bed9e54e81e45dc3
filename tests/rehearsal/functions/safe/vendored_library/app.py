"""A library in the function's folder, as `pip install -t .` puts it there, is not its own."""

import acme_sdk
import acme_sdk.transport

client = acme_sdk.Client()


def handler(event, context):
    return client.region
