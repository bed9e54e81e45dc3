"""Sells things, at a discount while the flag `sale` is on."""

import acme_audit
import acme_flags

acme_audit.record("started")
acme_flags.is_on("sale")  # Connects now rather than in the first invocation.


def handler(event, context):
    price = event["price"]
    if acme_flags.is_on("sale"):
        price = round(price * 0.8, 2)
    acme_audit.record(f"sold for {price}")
    acme_audit.flush()
    return {"price": price}
