"""The number of a worker, drawn at the import, which a library's maker of ids puts into each.

warning shared-value app.orders
"""

import secrets

import flakes

orders = flakes.Generator(secrets.randbelow(1024))
invoices = flakes.Generator(7)
gauge = flakes.Gauge(0.1)


def handler(event, context):
    return orders.next() > invoices.next() - gauge.offset
